import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { defined } from '../../../core/defined.ts'
import { createRegistry } from '../instruments/registry.ts'
import { createLiveness } from './liveness.ts'

function setup(seesPolls?: () => boolean, readClock?: () => number) {
  const registry = createRegistry()
  const clock = { now: 0 }
  const now = readClock ?? ((): number => clock.now)
  const liveness = createLiveness(defined({ registry, now, seesPolls }))
  const samples = () =>
    Object.fromEntries(
      registry
        .collect()
        .collected.flatMap(({ family, series }) =>
          series.map(({ labels, slot }) => [
            [family.name, ...Object.values(labels)].join(' '),
            'value' in slot ? slot.value : NaN,
          ]),
        ),
    )
  return { liveness, clock, samples }
}

const pollAge = (type: string) => `compozy_temporal_poll_age_seconds ${type}`

describe('createLiveness', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('Should have every gauge at 0 from the first scrape', () => {
    expect(setup().samples()).toEqual({
      compozy_temporal_reachable: 0,
      compozy_draining: 0,
      [pollAge('workflow')]: 0,
      [pollAge('activity')]: 0,
    })
  })

  it('Should follow whether Temporal answers, and stop asking when stopped', async () => {
    const { liveness, samples } = setup()
    let reason: string | undefined
    const health = vi.fn(async () => reason)
    liveness.start(health)
    await vi.advanceTimersByTimeAsync(1)
    expect(samples()['compozy_temporal_reachable']).toBe(1)
    reason = 'no answer'
    await vi.advanceTimersByTimeAsync(5_000)
    expect(samples()['compozy_temporal_reachable']).toBe(0)
    reason = undefined
    await vi.advanceTimersByTimeAsync(5_000)
    expect(samples()['compozy_temporal_reachable']).toBe(1)
    liveness.stop()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(health).toHaveBeenCalledTimes(3)
  })

  it.each([
    ['rejects', () => Promise.reject(new Error('14 UNAVAILABLE'))],
    ['rejects with what is no text', () => Promise.reject(Object.create(null))],
    [
      'throws',
      () => {
        throw new Error('no connection')
      },
    ],
    ['never answers', () => new Promise<never>(() => undefined)],
  ])('Should take a check that %s for a no, and ask on', async (_, fail) => {
    const { liveness, samples } = setup()
    let isUp = true
    liveness.start(() => (isUp ? Promise.resolve(undefined) : fail()))
    await vi.advanceTimersByTimeAsync(1)
    expect(samples()['compozy_temporal_reachable']).toBe(1)
    isUp = false
    await vi.advanceTimersByTimeAsync(10_000)
    expect(samples()['compozy_temporal_reachable']).toBe(0)
    isUp = true
    await vi.advanceTimersByTimeAsync(10_000)
    expect(samples()['compozy_temporal_reachable']).toBe(1)
    liveness.stop()
  })

  it('Should not ask again when it is stopped while it waits for an answer', async () => {
    const { liveness } = setup()
    let answer: (reason: string | undefined) => void = () => undefined
    const health = vi.fn(
      async () => await new Promise<string | undefined>((resolve) => (answer = resolve)),
    )
    liveness.start(health)
    liveness.stop()
    answer(undefined)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(health).toHaveBeenCalledTimes(1)
  })

  describe('with answers to other calls', () => {
    /** A server whose health and other answers end together. */
    function watched() {
      const { liveness, samples } = setup(undefined, Date.now)
      const server = { answers: true }
      const health = vi.fn(async () => (server.answers ? undefined : 'no answer'))
      liveness.start(health)
      /** Lets so many seconds pass, with a call each `every` seconds that is answered or not. */
      const pass = async (seconds: number, every = 5): Promise<void> => {
        for (let second = 1; second <= seconds; second++) {
          await vi.advanceTimersByTimeAsync(1_000)
          if (server.answers && second % every === 0) liveness.answered()
        }
      }
      const reachable = (): unknown => samples()['compozy_temporal_reachable']
      return { liveness, server, health, pass, reachable }
    }

    it('Should need no health check while calls are answered every 5 seconds', async () => {
      const { liveness, health, pass, reachable } = watched()
      await pass(5)
      health.mockClear()
      await pass(120)
      expect(health).not.toHaveBeenCalled()
      expect(reachable()).toBe(1)
      liveness.stop()
    })

    it('Should check every 5 seconds while calls are rarer', async () => {
      const { liveness, health, pass } = watched()
      await pass(120, 60)
      expect(health.mock.calls.length).toBeGreaterThan(20)
      liveness.stop()
    })

    it('Should say within 6 seconds that the answers have ended, and at once that they are back', async () => {
      const { liveness, server, pass, reachable } = watched()
      await pass(60)
      server.answers = false
      await pass(6)
      expect(reachable()).toBe(0)
      liveness.answered()
      expect(reachable()).toBe(1)
      liveness.stop()
    })

    it('Should believe an answer that came while a health check was failing', async () => {
      const { liveness, samples } = setup(undefined, Date.now)
      let fail = (_reason: string): void => undefined
      liveness.start(() => new Promise((resolve) => void (fail = resolve)))
      await vi.advanceTimersByTimeAsync(1_000)
      liveness.answered()
      fail('no answer')
      await vi.advanceTimersByTimeAsync(1)
      expect(samples()['compozy_temporal_reachable']).toBe(1)
      liveness.stop()
    })

    it('Should stay at 0 in a process whose health nobody checks', () => {
      const { liveness, samples } = setup()
      liveness.answered()
      expect(samples()['compozy_temporal_reachable']).toBe(0)
    })
  })

  it('Should age by poller type from the last poll, and from the start without one', () => {
    const { liveness, clock, samples } = setup()
    clock.now = 1_000
    liveness.setWorkers({ configured: () => 1, running: () => 1 })
    clock.now = 31_000
    liveness.polled('workflow')
    clock.now = 61_000
    expect(samples()).toMatchObject({ [pollAge('workflow')]: 30, [pollAge('activity')]: 60 })
  })

  it('Should age after an outage from when Temporal answers again, and not from before', async () => {
    const { liveness, clock, samples } = setup()
    let reason: string | undefined
    const after = async (ms: number) => {
      clock.now += ms
      await vi.advanceTimersByTimeAsync(ms)
      return samples()[pollAge('workflow')]
    }
    liveness.setWorkers({ configured: () => 1, running: () => 1 })
    liveness.start(async () => reason)
    liveness.polled('workflow')
    expect(await after(0)).toBe(0)
    expect(await after(60_000)).toBe(60)
    reason = 'no answer'
    // While Temporal is away, nothing hides how long.
    expect(await after(60_000)).toBe(120)
    reason = undefined
    expect(await after(5_000)).toBe(0)
    expect(await after(50_000)).toBe(50)
    liveness.polled('workflow')
    expect(await after(10_000)).toBe(10)
    liveness.stop()
  })

  it('Should age from when Temporal first answers in a process that was started before it', async () => {
    const { liveness, clock, samples } = setup()
    let reason: string | undefined = 'no answer'
    liveness.setWorkers({ configured: () => 1, running: () => 1 })
    liveness.start(async () => reason)
    clock.now = 300_000
    await vi.advanceTimersByTimeAsync(5_000)
    expect([samples()[pollAge('activity')], liveness.reachableSince()]).toEqual([300, undefined])
    reason = undefined
    await vi.advanceTimersByTimeAsync(5_000)
    expect([samples()[pollAge('activity')], liveness.reachableSince()]).toEqual([0, 300_000])
    liveness.stop()
  })

  it('Should not age while every slot is taken, and age again from when one is free', () => {
    const { liveness, clock, samples } = setup()
    liveness.setWorkers({ configured: () => 1, running: () => 1 })
    liveness.setFull('activity', true)
    clock.now = 600_000
    expect(samples()).toMatchObject({ [pollAge('workflow')]: 600, [pollAge('activity')]: 0 })
    liveness.setFull('activity', false)
    clock.now = 630_000
    liveness.setFull('activity', false)
    expect(samples()).toMatchObject({ [pollAge('activity')]: 30 })
  })

  it('Should not age in a process without workers', () => {
    const { liveness, clock, samples } = setup()
    liveness.setWorkers({ configured: () => 0, running: () => 0 })
    clock.now = 600_000
    expect(samples()).toMatchObject({ [pollAge('workflow')]: 0, [pollAge('activity')]: 0 })
  })

  it('Should have no poll ages while polls are not seen, unless there is nobody to poll', () => {
    let sees = false
    const { liveness, clock, samples } = setup(() => sees)
    expect(samples()).toHaveProperty(pollAge('workflow'), 0)
    liveness.setWorkers({ configured: () => 1, running: () => 1 })
    clock.now = 600_000
    expect(Object.keys(samples())).toEqual(['compozy_temporal_reachable', 'compozy_draining'])
    sees = true
    liveness.polled('workflow')
    expect(samples()).toHaveProperty(pollAge('workflow'), 0)
  })

  it('Should say when the process drains', () => {
    const { liveness, samples } = setup()
    liveness.setDraining()
    expect(samples()['compozy_draining']).toBe(1)
  })
})
