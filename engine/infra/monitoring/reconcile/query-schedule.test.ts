import { describe, expect, it } from 'vitest'
import { createFleet } from './fleet.ts'
import { createQuerySchedule, type Query } from './query-schedule.ts'

const query = (key: string, askedAt: number, active = true): Query => ({
  source: 'executions',
  key,
  ask: async () => undefined,
  active: () => active,
  askedAt,
})

/** A schedule whose process owns the queries that are named, in a fleet of its own. */
function scheduleOf(
  queries: readonly Query[],
  { owned = queries.map(({ key }) => key), budget = 4, intervalMs = 15_000, now = 100_000 } = {},
) {
  const fleet = { ...createFleet('a'), owns: (key: string) => owned.includes(key) }
  return createQuerySchedule({ queries, fleet: () => fleet, intervalMs, budget, now: () => now })
}

describe('the next query', () => {
  it('Should be due after an interval, and not before', () => {
    expect(scheduleOf([query('a', 85_001)]).next()).toBeUndefined()
    expect(scheduleOf([query('a', 85_000)]).next()).toMatchObject({ key: 'a' })
    expect(scheduleOf([]).next()).toBeUndefined()
  })

  it('Should be the one that has waited longest, the first of equals', () => {
    const queries = [query('a', 80_000), query('b', 70_000), query('c', 70_000)]
    expect(scheduleOf(queries).next()).toMatchObject({ key: 'b' })
  })

  it('Should be one that is active four times as soon', () => {
    const idle = query('idle', 20_000, false)
    expect(scheduleOf([idle, query('active', 79_999)]).next()).toMatchObject({ key: 'active' })
    expect(scheduleOf([idle, query('active', 80_001)]).next()).toMatchObject({ key: 'idle' })
  })

  it('Should come when the first of this process is due; below 0, it is late', () => {
    const queries = [query('theirs', 0), query('a', 90_000), query('b', 95_000)]
    expect(scheduleOf(queries, { owned: ['a', 'b'] }).dueInMs()).toBe(5_000)
    expect(scheduleOf(queries, { owned: ['a'], now: 106_000 }).dueInMs()).toBe(-1_000)
  })

  it('Should be one of this process', () => {
    const queries = [query('theirs', 0), query('own', 50_000)]
    expect(scheduleOf(queries, { owned: ['own'] }).next()).toMatchObject({ key: 'own' })
  })
})

describe('the share and the rounds of a process', () => {
  const queries = ['a', 'b', 'c', 'd'].map((key) => query(key, 0, key !== 'd'))

  it('Should share the budget by the queries, and get one of them at least', () => {
    expect(scheduleOf(queries).share()).toBe(1)
    expect(scheduleOf(queries, { owned: ['a', 'b'] }).share()).toBe(0.5)
    expect(scheduleOf(queries, { owned: [] }).share()).toBe(0.25)
  })

  it('Should ask once an interval where the budget allows', () => {
    const { roundMs } = scheduleOf(queries)
    expect([roundMs(true), roundMs(false)]).toEqual([15_000, 15_000])
  })

  it('Should ask idle queries a quarter as often where the budget is short', () => {
    const { roundMs } = scheduleOf(queries, { budget: 0.1, intervalMs: 1 })
    // Three active ones and a quarter of a turn, at one query in ten seconds.
    expect([roundMs(true), roundMs(false)]).toEqual([32_500, 130_000])
    const half = scheduleOf(queries, { budget: 0.1, intervalMs: 1, owned: ['a', 'd'] })
    expect(half.roundMs(true)).toBe(25_000)
  })
})
