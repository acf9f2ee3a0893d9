import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createQueryBudget, idleFor } from './query-budget.ts'

const { signal: never } = new AbortController()

beforeEach(
  () => void vi.useFakeTimers({ now: 0, toFake: ['setTimeout', 'clearTimeout', 'performance'] }),
)
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** How many queries may be asked within these ms. */
async function askedWithin(ms: number, budget: ReturnType<typeof createQueryBudget>) {
  let asked = 0
  const stop = new AbortController()
  const asking = (async () => {
    for (;;) {
      await budget.wait(stop.signal)
      if (stop.signal.aborted) return
      asked++
    }
  })()
  await vi.advanceTimersByTimeAsync(ms)
  stop.abort()
  await asking
  return asked
}

describe('idleFor', () => {
  it('Should last its time, or end when its signal aborts, before or meanwhile', async () => {
    const ended: string[] = []
    const stop = new AbortController()
    const stopped = new AbortController()
    stopped.abort()
    void idleFor(100, never).then(() => ended.push('whole'))
    void idleFor(100, stop.signal).then(() => ended.push('stopped'))
    void idleFor(100, stopped.signal).then(() => ended.push('not begun'))
    await vi.advanceTimersByTimeAsync(99)
    expect(ended).toEqual(['not begun'])
    stop.abort()
    await vi.advanceTimersByTimeAsync(0)
    expect(ended).toEqual(['not begun', 'stopped'])
    expect(vi.getTimerCount()).toBe(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(ended).toEqual(['not begun', 'stopped', 'whole'])
  })
})

describe('the budget of queries', () => {
  it('Should allow ten at once, and then as many a second as it has', async () => {
    const budget = createQueryBudget({ perSecond: 2, share: () => 1 })
    expect(await askedWithin(1, budget)).toBe(10)
    expect(await askedWithin(3_000, createQueryBudget({ perSecond: 2, share: () => 1 }))).toBe(16)
  })

  it('Should save no more than ten', async () => {
    const budget = createQueryBudget({ perSecond: 2, share: () => 1 })
    await askedWithin(1, budget)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(await askedWithin(1, budget)).toBe(10)
  })

  it('Should be shared: a half allows five at once and half as many a second', async () => {
    const budget = createQueryBudget({ perSecond: 2, share: () => 0.5 })
    expect(await askedWithin(2_000, budget)).toBe(7)
  })

  it('Should begin at random in a large fleet, and still allow one at a time', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.25)
    const budget = createQueryBudget({ perSecond: 1, share: () => 0.1 })
    expect(await askedWithin(7_499, budget)).toBe(0)
    vi.spyOn(Math, 'random').mockReturnValue(0.25)
    const other = createQueryBudget({ perSecond: 1, share: () => 0.1 })
    expect(await askedWithin(7_501, other)).toBe(1)
  })

  it('Should space the queries of one answer by the whole budget, and save nothing meanwhile', async () => {
    const budget = createQueryBudget({ perSecond: 4, share: () => 0.5 })
    expect(await askedWithin(1, budget)).toBe(5)
    const began = performance.now()
    const further = (async () => {
      for (let query = 0; query < 40; query++) await budget.waitForFurther(never)
      return performance.now() - began
    })()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(await further).toBe(10_000)
    expect(await askedWithin(1, budget)).toBe(0)
  })

  it('Should end the wait for a further query when the process stops', async () => {
    const stop = new AbortController()
    const further = createQueryBudget({ perSecond: 0.01, share: () => 1 }).waitForFurther(
      stop.signal,
    )
    stop.abort()
    await further
    expect(vi.getTimerCount()).toBe(0)
  })

  it('Should pause after failures, twice as long after each, up to fifteen seconds, and not after a success', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(1)
    const budget = createQueryBudget({ perSecond: 1_000, share: () => 1 })
    const pauses: number[] = []
    for (let failures = 1; failures <= 6; failures++) {
      budget.failed()
      const began = performance.now()
      const ended = budget.wait(never).then(() => performance.now() - began)
      await vi.advanceTimersByTimeAsync(20_000)
      pauses.push(await ended)
    }
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000])
    budget.succeeded()
    const began = performance.now()
    await budget.wait(never)
    expect(performance.now() - began).toBe(0)
  })

  it('Should pause at least half as long, at random', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0)
    const budget = createQueryBudget({ perSecond: 1_000, share: () => 1 })
    budget.failed()
    const ended = budget.wait(never).then(() => performance.now())
    await vi.advanceTimersByTimeAsync(20_000)
    expect(await ended).toBe(500)
  })

  it('Should not ask at once after a failure, whatever it had saved', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(1)
    const budget = createQueryBudget({ perSecond: 1, share: () => 1 })
    budget.failed()
    // A pause of one second, then one that was left and one for each second.
    expect(await askedWithin(3_999, budget)).toBe(3)
  })
})
