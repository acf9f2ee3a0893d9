import { describe, expect, it } from 'vitest'
import {
  estimate,
  estimateFrom,
  fastestMean,
  launchesNeeded,
  seeded,
  trimmedMean,
} from './statistics.ts'

describe('statistics', () => {
  it('Should not let one wild value move the trimmed mean', () => {
    expect(trimmedMean([1, 1, 1, 1, 1_000])).toBe(1)
    expect(trimmedMean([1, 2, 3])).toBe(2)
  })

  it('Should leave the slowest fifth out of the body of a distribution', () => {
    expect(fastestMean([1, 2, 3, 4, 1_000])).toBe(2.5)
    expect(fastestMean([1_000, 1_000, 3, 4, 1_000])).toBe(501.75)
  })

  it('Should say how many launches decide, more for a wider spread', () => {
    expect(launchesNeeded([1, 2, 3], 0.5).value).toBe(16)
    expect(launchesNeeded([1, 3, 5], 0.5).value).toBe(62)
    expect(launchesNeeded([2, 2, 2], 0.5).value).toBe(0)
  })

  it('Should give an interval that holds the truth and narrows with more rounds', () => {
    const random = seeded(7)
    const noisy = (count: number) => Array.from({ length: count }, () => 10 + random() - 0.5)
    const few = estimate(noisy(20), 'ns', random)
    const many = estimate(noisy(2_000), 'ns', random)
    expect(many.low).toBeLessThan(10.05)
    expect(many.high).toBeGreaterThan(9.95)
    expect(many.high - many.low).toBeLessThan(few.high - few.low)
  })

  it('Should widen the interval of a sum by the spread of each part', () => {
    const rounds = [1, 2, 3, 4, 5, 6]
    const sum = (parts: number) =>
      estimateFrom(
        (resample) =>
          trimmedMean(resample(rounds)) + (parts > 1 ? trimmedMean(resample(rounds)) : 3.5),
        'µs',
        seeded(7),
      )
    const width = ({ low, high }: { low: number; high: number }): number => high - low
    expect([sum(1).value, sum(2).value]).toEqual([7, 7])
    expect(width(sum(2))).toBeGreaterThan(1.2 * width(sum(1)))
  })

  it('Should give the same again for the same seed, and other numbers for another', () => {
    expect(seeded(1)()).toBe(seeded(1)())
    expect(seeded(1)()).not.toBe(seeded(2)())
  })
})
