import { describe, expect, it } from 'vitest'
import { createFleet, createOwners, noteOf } from './fleet.ts'

const keys = Array.from({ length: 500 }, (_, i) => `executions w${i}`)
const beats = (...list: readonly [string, number][]) => list.map(([note, at]) => ({ note, at }))

/** The fleets of several processes that have all heard each other. */
function fleetsOf(identities: readonly string[]) {
  const heartbeats = identities.map((note) => ({ note, at: 100_000 }))
  return identities.map((identity) => {
    const fleet = createFleet(identity)
    fleet.update(heartbeats)
    return { identity, fleet }
  })
}

describe('createFleet', () => {
  it('Should own every key alone', () => {
    const fleet = createFleet('a')
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

  it('Should name the owners that processes of other versions name', () => {
    const ownerOf = createOwners(['1@web', '2@web', '3@web'])
    expect(
      ['closes', 'executions order', 'executions refund', 'queue activity'].map(ownerOf),
    ).toEqual(['3@web', '1@web', '2@web', '2@web'])
    expect(createOwners([])('closes')).toBeUndefined()
    // Names of one hash are told apart the same way, in any order.
    expect(createOwners(['same', 'same'])('closes')).toBe('same')
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

  it('Should take a process for gone after three missed heartbeats, and not before', () => {
    const fleet = createFleet('a')
    fleet.update(beats(['a', 0], ['b', 0]))
    fleet.update(beats(['a', 14_000], ['b', 0]))
    expect(fleet.size()).toBe(2)
    fleet.update(beats(['a', 15_000], ['b', 0]))
    expect(fleet.size()).toBe(1)
    fleet.update(beats(['a', 20_000], ['b', 20_000]))
    expect(fleet.size()).toBe(2)
  })

  it('Should stay in its own fleet however long nobody heard it, and lead anew only later', () => {
    const fleet = createFleet('a')
    fleet.update(beats(['a', 0], ['b', 0]))
    fleet.update(beats(['a', 10_000], ['b', 10_000]))
    fleet.update(beats(['a', 20_000], ['b', 20_000]))
    const key = keys.find((each) => fleet.leads(each))!
    fleet.update(beats(['b', 60_000]))
    expect([fleet.size(), fleet.owns(key), fleet.leads(key)]).toEqual([2, true, false])
    // Others may have taken over meanwhile.
    fleet.update(beats(['a', 61_000], ['b', 61_000]))
    expect(fleet.leads(key)).toBe(false)
    fleet.update(beats(['a', 70_000], ['b', 70_000]))
    fleet.update(beats(['a', 76_000], ['b', 76_000]))
    expect(fleet.leads(key)).toBe(true)
  })

  it('Should join anew after three heartbeats of its own that nobody heard, not of another', () => {
    const silent = (ms: number, name = 'a'): boolean => {
      const fleet = createFleet('a')
      for (const at of [0, 5_000, 10_000, 15_000]) fleet.update(beats(['a', at], ['b', at]))
      const key = keys.find((each) => fleet.owns(each))!
      for (let at = 20_000; at < 15_000 + ms; at += 5_000)
        fleet.update(beats([name === 'a' ? 'b' : 'a', at]))
      fleet.update(beats(['a', 15_000 + ms], ['b', 15_000 + ms]))
      return fleet.leads(key)
    }
    expect([silent(14_999), silent(15_000)]).toEqual([true, false])
    expect(silent(15_000, 'b')).toBe(true)
  })

  it('Should take one process with several notes for one', () => {
    const fleet = createFleet('a')
    fleet.update(beats(['a', 0], ['a closes=1', 1], [noteOf('a', 2), 2], ['b closes=1', 2]))
    expect(fleet.size()).toBe(2)
  })

  it.each([['two\nlines'], [' closes=7 '], ['closes=7'], ['']])(
    'Should take %j for the name of a process, alone and with how far it has counted',
    (identity) => {
      const fleet = createFleet(identity)
      fleet.update(beats([identity, 0], [noteOf(identity, 2), 2]))
      expect([fleet.size(), fleet.countedUntil()]).toEqual([1, 2])
      expect(fleet.owns('closes')).toBe(true)
    },
  )

  it('Should know its own note again where Temporal tells fractions of a millisecond', () => {
    const fleet = createFleet('a')
    fleet.update(beats(['a', 1_000.456]))
    fleet.counted(fleet.now()!)
    expect(fleet.note()).toBe('a closes=1000')
    fleet.update(beats([fleet.note(), 6_000.789]))
    expect([fleet.size(), fleet.countedUntil()]).toEqual([1, 1_000])
  })

  it('Should beat less often in a large fleet', () => {
    expect(createFleet('a').beatMs()).toBe(5_000)
    const [large] = fleetsOf(Array.from({ length: 600 }, (_, i) => `${i}@host`))
    expect(large!.fleet.beatMs()).toBe(20_000)
  })

  it('Should pass on how far a process that is gone has counted', () => {
    const fleet = createFleet('a')
    fleet.update(beats(['a', 100_000], ['b closes=88000', 90_000], ['b closes=70000', 80_000]))
    expect(fleet.countedUntil()).toBe(88_000)
    fleet.counted(95_000)
    expect([fleet.countedUntil(), fleet.note()]).toEqual([95_000, 'a closes=95000'])
  })

  it('Should lead after one heartbeat when alone', () => {
    const fleet = createFleet('a')
    fleet.update(beats(['a', 1_000]))
    expect(fleet.leads('closes')).toBe(false)
    fleet.update(beats(['a', 6_000]))
    expect(fleet.leads('closes')).toBe(true)
  })

  it('Should lead only after three heartbeats of its own, and while it is heard', () => {
    const fleet = createFleet('a')
    expect(fleet.leads('closes')).toBe(false)
    fleet.update(beats(['a', 1_000], ['other', 1_000]))
    const key = keys.find((each) => fleet.owns(each))!
    fleet.update(beats(['a', 15_000], ['other', 15_000]))
    expect(fleet.leads(key)).toBe(false)
    fleet.update(beats(['a', 16_000], ['other', 16_000]))
    expect(fleet.leads(key)).toBe(true)
    expect(fleet.leads(keys.find((each) => !fleet.owns(each))!)).toBe(false)
    fleet.update(beats(['a', 16_000], ['other', 26_000]))
    expect(fleet.leads(key)).toBe(true)
    // Others will take it for gone soon.
    fleet.update(beats(['a', 16_000], ['other', 27_000]))
    expect([fleet.owns(key), fleet.leads(key)]).toEqual([true, false])
  })
})
