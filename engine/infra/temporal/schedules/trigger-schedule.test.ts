import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createFakeScheduler, type FakeSchedulerOptions } from '../testing/fake-scheduler.ts'
import { createTriggerSchedule } from './trigger-schedule.ts'

const request = { scheduleId: 'report', scheduledId: 'report' }
const idIn = (second: string): string => `report-2026-01-01T00:00:${second}Z`
const later = (ms: number) => vi.advanceTimersByTimeAsync(ms)

function setup(options?: FakeSchedulerOptions) {
  const scheduler = createFakeScheduler(options)
  let processes = 0
  const process = (ms = ++processes) => {
    const trigger = createTriggerSchedule(scheduler.client, () => ms)
    return () => trigger(request)
  }
  return { ...scheduler, process }
}

/** Gives what the work gives while time goes on. */
async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  // The failure is for the caller, not for the time that passes meanwhile.
  work.catch(() => undefined)
  await later(ms)
  return work
}

describe('a trigger of a schedule', () => {
  beforeEach(() => void vi.useFakeTimers({ now: Date.UTC(2026, 0, 1, 0, 0, 30, 700) }))
  afterEach(() => {
    vi.restoreAllMocks()
    vi.useRealTimers()
  })

  it('Should start a run whose id ends in this second', async () => {
    const { process, runs } = setup()
    expect(await within(100, process()())).toBe(idIn('30'))
    expect(runs).toEqual([idIn('30')])
  })

  it('Should take past seconds where this one is taken, never one of a run to come', async () => {
    const { process, runs } = setup()
    const trigger = process()
    for (const second of ['30', '29', '28']) expect(await within(60, trigger())).toBe(idIn(second))
    await later(1_000)
    expect(await within(100, trigger())).toBe(idIn('31'))
    expect(runs).toHaveLength(4)
  })

  it('Should take a second that no run of the clock and of another process has', async () => {
    const { process, start } = setup()
    for (const second of ['30', '28']) start('report', idIn(second))
    const trigger = process()
    expect(await within(100, trigger())).toBe(idIn('29'))
    expect(await within(100, trigger())).toBe(idIn('27'))
  })

  it('Should ask once for each second that it has taken itself', async () => {
    const { process, calls } = setup()
    const trigger = process()
    for (let i = 0; i < 20; i++) await within(60, trigger())
    // Whether the second is free, then twice whether the run is there.
    expect(calls.describeRun).toBeLessThanOrEqual(60)
    expect(calls.patch).toBe(20)
  })

  it('Should give two processes that take the same second a run each', async () => {
    const { process, runs, calls } = setup()
    const [first, second] = [process(), process()]
    const ids = await within(300, Promise.all([first(), second()]))
    expect(ids.toSorted()).toEqual([idIn('29'), idIn('30')])
    expect(runs.toSorted()).toEqual([idIn('29'), idIn('30')])
    expect(calls.patch).toBe(3)
  })

  it('Should give two processes one run where they take the same millisecond, as documented', async () => {
    const { process, runs } = setup()
    const ids = await within(300, Promise.all([process(7)(), process(7)()]))
    expect(ids).toEqual([idIn('30'), idIn('30')])
    expect(runs).toEqual([idIn('30')])
  })

  it('Should give null where a trigger of another process replaces it, never the run of that', async () => {
    const { process, runs } = setup()
    await later(290)
    const replaced = process()()
    await later(11)
    const other = process()()
    expect(await within(3_000, Promise.all([replaced, other]))).toEqual([null, idIn('31')])
    expect(runs).toEqual([idIn('31')])
  })

  it.each([
    ['gives a run the time by its own clock', { ms: 30_000, nanos: 712_345_678 }],
    ['cuts the milliseconds off', { ms: 30_000, nanos: 0 }],
  ])('Should start one run alone where Temporal %s', async (_, { ms, nanos }) => {
    const { process, runs, calls } = setup({
      timeOf: () => ({ ms: Date.UTC(2026, 0, 1) + ms, nanos }),
    })
    expect(await within(3_100, process()())).toBe(idIn('30'))
    expect(runs).toHaveLength(1)
    expect(calls.patch).toBe(1)
  })

  it('Should give the id of its run where the schedule is not described', async () => {
    const { process, failures, runs } = setup()
    failures.describe = new Error('busy')
    expect(await within(100, process()())).toBe(idIn('30'))
    expect(runs).toEqual([idIn('30')])
  })

  it('Should give the id of its run where ten others have started since', async () => {
    const { process, start, calls } = setup()
    const triggered = process()()
    await later(30)
    for (let i = 0; i < 10; i++) start('report', `other-${i}`)
    expect(await within(100, triggered)).toBe(idIn('30'))
    expect(calls.patch).toBe(1)
  })

  it('Should give null where no run starts within 3 seconds, and trigger once', async () => {
    const { process, calls, runs } = setup({ readsAfterMs: 3_500 })
    const triggered = process()()
    await later(2_900)
    expect(calls.patch).toBe(1)
    expect(await within(200, triggered)).toBeNull()
    await later(1_000)
    expect(runs).toEqual([idIn('30')])
  })

  it('Should wait for a run that starts late', async () => {
    const { process } = setup({ readsAfterMs: 2_800 })
    expect(await within(3_000, process()())).toBe(idIn('30'))
  })

  it.each(['describeRun', 'patch'] as const)(
    'Should fail with the error of Temporal, and trigger again then: %s',
    async (call) => {
      const { process, failures, runs } = setup()
      const trigger = process()
      failures[call] = new Error('away')
      await expect(within(100, trigger())).rejects.toThrow('away')
      expect(await within(100, trigger())).toBe(idIn('29'))
      expect(runs).toEqual([idIn('29')])
    },
  )
})
