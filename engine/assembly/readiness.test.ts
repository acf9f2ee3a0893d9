import { describe, expect, it } from 'vitest'
import { createReadiness, type ReadinessSources } from './readiness.ts'

const well: ReadinessSources = {
  health: async () => undefined,
  workers: { configured: () => 2, running: () => 2 },
  monitoring: { initError: undefined },
  schedules: { trouble: () => undefined },
  stuckRuns: { trouble: () => undefined },
  stopping: new AbortController().signal,
}
const ok = { temporal: 'ok', workers: 'ok' }

describe('readiness', () => {
  it.each<[string, Partial<ReadinessSources>, boolean, Record<string, string>]>([
    ['everything is well', {}, true, ok],
    [
      'Temporal does not answer',
      { health: async () => 'no answer from t:1' },
      false,
      { ...ok, temporal: 'no answer from t:1' },
    ],
    [
      'a worker is missing',
      { workers: { configured: () => 2, running: () => 1 } },
      false,
      { ...ok, workers: '1 of 2 poll' },
    ],
    [
      'the process stops',
      { stopping: AbortSignal.abort() },
      false,
      { ...ok, draining: 'this process is stopping' },
    ],
    [
      'a schedule was refused',
      { schedules: { trouble: () => 'differ from their files: a' } },
      true,
      { ...ok, schedules: 'degraded: differ from their files: a' },
    ],
    [
      'runs are stuck',
      { stuckRuns: { trouble: () => 'stuck on a failing workflow task: 2' } },
      true,
      { ...ok, workflows: 'degraded: stuck on a failing workflow task: 2' },
    ],
    [
      'monitoring failed to start',
      { monitoring: { initError: 'why' } },
      true,
      { ...ok, monitoring: 'degraded: why' },
    ],
  ])('Should say what it is when %s', async (_, changes, ready, checks) => {
    expect(await createReadiness({ ...well, ...changes }).check()).toEqual({ ready, checks })
  })
})
