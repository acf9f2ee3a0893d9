import { totalmem } from 'node:os'
import { describe, expect, it } from 'vitest'
import { cachedRunsWithin, readMemoryLimits } from './cached-runs.ts'

const mebibytes = (process: number, heap: number) => ({
  process: process * 2 ** 20,
  heap: heap * 2 ** 20,
})

describe('cached runs', () => {
  it.each([
    ['a container of 512 MiB', mebibytes(512, 259), 1, 256],
    ['a container of 1 GiB', mebibytes(1_024, 515), 1, 515],
    ['two workers that share 1 GiB', mebibytes(1_024, 515), 2, 384],
    ['a heap that was made small in a large machine', mebibytes(24_000, 128), 1, 128],
    ['a large machine', mebibytes(24_000, 4_144), 1, 4_144],
  ])('Should fit the memory of %s', (_, limits, workers, expected) => {
    expect(cachedRunsWithin(limits, workers)).toBe(expected)
  })

  it('Should never be so few that every step replays, nor without bound', () => {
    expect(cachedRunsWithin(mebibytes(128, 64), 1)).toBe(10)
    expect(cachedRunsWithin(mebibytes(64, 32), 64)).toBe(10)
    expect(cachedRunsWithin(mebibytes(1_000_000, 64_000), 1)).toBe(10_000)
  })

  it('Should read limits that this machine can hold', () => {
    const { process: memory, heap } = readMemoryLimits()
    expect(memory).toBeGreaterThan(0)
    expect(memory).toBeLessThanOrEqual(totalmem())
    expect(heap).toBeGreaterThan(0)
  })
})
