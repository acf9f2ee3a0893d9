import { describe, expect, it } from 'vitest'
import { estimate, seeded, trimmedMean } from './statistics.ts'

describe('statistics', () => {
  it('Should not let one wild value move the trimmed mean', () => {
    expect(trimmedMean([1, 1, 1, 1, 1_000])).toBe(1)
    expect(trimmedMean([1, 2, 3])).toBe(2)
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

  it('Should give the same again for the same seed, and other numbers for another', () => {
    expect(seeded(1)()).toBe(seeded(1)())
    expect(seeded(1)()).not.toBe(seeded(2)())
  })
})
