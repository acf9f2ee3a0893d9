import { describe, expect, it } from 'vitest'
import { CompozyError } from '../core/errors.ts'
import { silentLogger } from '../core/logger.ts'
import type { ScheduleFailure, Schedules } from '../executions.ts'
import { createScheduleSync } from './schedule-sync.ts'

const refused: ScheduleFailure = {
  workflow_id: 'nightly',
  error: new CompozyError('temporal_failed', 'invalid schedule spec'),
}
const late: ScheduleFailure = {
  workflow_id: 'hourly',
  error: new CompozyError('temporal_timeout', 'too late'),
}

/** A sync whose reconciliations give these failures, one after another; `Error` means it throws. */
function syncOf(...results: (readonly ScheduleFailure[] | Error)[]) {
  let count = 0
  const logged: unknown[] = []
  const reconcile: Schedules['reconcile'] = async () => {
    const result = results[Math.min(count++, results.length - 1)]!
    if (result instanceof Error) throw result
    return result
  }
  const logger = { ...silentLogger, error: (fields: object) => void logged.push(fields) }
  const sync = createScheduleSync({ reconcile } as Schedules, logger)
  return { sync, logged, count: () => count }
}

const { signal } = new AbortController()

describe('a schedule sync', () => {
  it('Should name a schedule that Temporal refused, and not try it again', async () => {
    const { sync, logged, count } = syncOf([refused])
    await sync.start(signal)
    expect(sync.trouble()).toBe('differ from their files: nightly')
    expect(logged).toEqual([{ workflow_id: 'nightly', err: refused.error }])
    expect(count()).toBe(1)
  })

  it('Should try again what came too late, after the start has gone on', async () => {
    const { sync, count } = syncOf(new CompozyError('temporal_unavailable', 'gone'), [late], [])
    await sync.start(signal)
    await expect.poll(count).toBe(3)
    expect(sync.trouble()).toBeUndefined()
  })

  it('Should have no trouble when every schedule is as its file says', async () => {
    const { sync, logged } = syncOf([])
    await sync.start(signal)
    expect([sync.trouble(), logged]).toEqual([undefined, []])
  })
})
