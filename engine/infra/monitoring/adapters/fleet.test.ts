import { describe, expect, it } from 'vitest'
import { createFleet } from './fleet.ts'

const keys = Array.from({ length: 500 }, (_, i) => `executions w${i}`)

/** The fleets of several processes that all see the same pollers. */
function fleetsOf(identities: readonly string[]) {
  const pollers = identities.map((identity) => ({ identity, lastAccess: 100_000 }))
  return identities.map((identity) => {
    const fleet = createFleet({ identity, polls: true })
    fleet.update(pollers)
    return { identity, fleet }
  })
}

describe('createFleet', () => {
  it('Should own every key alone', () => {
    const fleet = createFleet({ identity: 'a', polls: true })
    expect(keys.every((key) => fleet.owns(key))).toBe(true)
    expect(fleet.size()).toBe(1)
  })

  it('Should give each key to exactly one of ten processes, about evenly', () => {
    const fleets = fleetsOf(Array.from({ length: 10 }, (_, i) => `${i}@host`))
    for (const key of keys) expect(fleets.filter(({ fleet }) => fleet.owns(key))).toHaveLength(1)
    for (const { fleet } of fleets) {
      const owned = keys.filter((key) => fleet.owns(key)).length
      expect(owned).toBeGreaterThan(25)
      expect(owned).toBeLessThan(85)
    }
  })

  it('Should move only the keys of a process that is gone', () => {
    const before = fleetsOf(['a', 'b', 'c'])
    const after = fleetsOf(['a', 'b'])
    const ownerIn = (fleets: typeof before, key: string) =>
      fleets.find(({ fleet }) => fleet.owns(key))!.identity
    const stayed = keys.filter((key) => ownerIn(before, key) !== 'c')
    expect(stayed.map((key) => ownerIn(after, key))).toEqual(
      stayed.map((key) => ownerIn(before, key)),
    )
  })

  it('Should take a process for gone that has not polled for 75 seconds, and not before', () => {
    const fleet = createFleet({ identity: 'a', polls: true })
    fleet.update([
      { identity: 'a', lastAccess: 0 },
      { identity: 'b', lastAccess: 0 },
    ])
    fleet.update([
      { identity: 'a', lastAccess: 70_000 },
      { identity: 'b', lastAccess: 0 },
    ])
    expect(fleet.size()).toBe(2)
    fleet.update([
      { identity: 'a', lastAccess: 76_000 },
      { identity: 'b', lastAccess: 0 },
    ])
    expect(fleet.size()).toBe(1)
  })

  it('Should take the keys of a process that has not polled since its own start', () => {
    const fleet = createFleet({ identity: 'new', polls: true })
    fleet.update([
      { identity: 'new', lastAccess: 50_000 },
      { identity: 'dead', lastAccess: 49_000 },
    ])
    expect(keys.every((key) => fleet.owns(key))).toBe(true)
  })

  it('Should own nothing without workers while others poll, and everything when none does', () => {
    let now = 10_000
    const fleet = createFleet({ identity: 'api', polls: false }, () => now)
    fleet.update([{ identity: 'worker', lastAccess: 9_000 }])
    expect(keys.some((key) => fleet.owns(key))).toBe(false)
    now = 100_000
    fleet.update([{ identity: 'worker', lastAccess: 9_000 }])
    expect(keys.every((key) => fleet.owns(key))).toBe(true)
  })
})
