import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { silentLogger } from '../../../core/logger.ts'
import type { Project, Workflow } from '../../../project/project.ts'
import { createFakeScheduler } from '../testing/fake-scheduler.ts'
import { createTemporalSchedules } from './schedules.ts'

const nightly = { cron: '0 3 * * *', timezone: 'UTC', enabled: true, jitterMs: 0, input: null }

const scheduled = (id: string): Workflow =>
  // Only what schedules read of a workflow.
  ({ id, definition: { id }, sha256: 'abc', schedule: nightly }) as unknown as Workflow

/** The schedules of one process on a fake Temporal. */
async function setup() {
  const scheduler = createFakeScheduler()
  const workflows = new Map(['report', 'cleanup'].map((id) => [id, scheduled(id)]))
  const schedules = createTemporalSchedules({
    client: scheduler.client,
    // Only what schedules read of a project.
    project: () => ({ workflows }) as unknown as Project,
    taskQueue: 'shop',
    logger: silentLogger,
  })
  expect(await schedules.reconcile()).toEqual([])
  return { ...scheduler, schedules }
}

const later = (ms: number) => vi.advanceTimersByTimeAsync(ms)

describe('triggers of schedules at once', () => {
  beforeEach(() => void vi.useFakeTimers({ now: Date.UTC(2026, 0, 1, 0, 0, 30) }))
  afterEach(() => void vi.useRealTimers())

  it('Should each start a run and tell its id', async () => {
    const { schedules, runs } = await setup()
    const triggered = Promise.all(Array.from({ length: 20 }, () => schedules.trigger('report')))
    await later(2_000)
    const ids = (await triggered).map(({ exec_id }) => exec_id)
    expect(new Set(ids).size).toBe(20)
    expect(ids).toEqual(runs)
  })

  it('Should not wait for those of another schedule', async () => {
    const { schedules, runs } = await setup()
    const triggered = ['report', 'cleanup'].map((id) => schedules.trigger(id))
    await later(20)
    expect(runs.map((id) => id.replace(/-.*/, ''))).toEqual(['report', 'cleanup'])
    await later(100)
    await Promise.all(triggered)
  })

  it('Should go on after one that fails', async () => {
    const { schedules, runs, failures } = await setup()
    failures.patch = new Error('refused')
    const failing = schedules.trigger('report')
    const next = schedules.trigger('report')
    await expect(failing).rejects.toMatchObject({ code: 'temporal_failed' })
    await later(200)
    expect(runs).toEqual([(await next).exec_id])
  })

  it('Should go on after one that is given up while it waits for its run', async () => {
    const { schedules, runs } = await setup()
    const control = new AbortController()
    const aborted = schedules.trigger('report', { signal: control.signal })
    const next = schedules.trigger('report')
    await later(30)
    control.abort()
    await expect(aborted).rejects.toMatchObject({ code: 'temporal_timeout' })
    await later(200)
    expect(runs).toContain((await next).exec_id)
    expect(runs).toHaveLength(2)
  })

  it('Should give up at once while others are ahead, and start no run then', async () => {
    const { schedules, runs, calls } = await setup()
    const control = new AbortController()
    const first = schedules.trigger('report')
    const waiting = schedules.trigger('report', { signal: control.signal })
    const last = schedules.trigger('report')
    control.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'temporal_timeout' })
    expect(runs).toEqual([])
    await later(500)
    expect(runs).toEqual([(await first).exec_id, (await last).exec_id])
    expect(calls.patch).toBe(2)
  })

  it('Should neither lose a pause that comes between them, nor be lost by it', async () => {
    const { schedules, runs, paused } = await setup()
    const all = Promise.all([
      schedules.trigger('report'),
      schedules.setEnabled('report', false),
      schedules.trigger('report'),
    ])
    await later(500)
    const [first, view, second] = await all
    expect(view.enabled).toBe(false)
    expect([...paused]).toEqual(['shop/report'])
    expect(runs).toEqual([first.exec_id, second.exec_id])
  })
})
