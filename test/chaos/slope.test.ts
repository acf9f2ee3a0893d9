import { describe, expect, it } from 'vitest'
import { seeded } from '../../bench/statistics.ts'
import { slopeOf, type Point } from './slope.ts'

/** A quarter of an hour of measurements, five seconds apart, that drift and wander. */
function measured(growthPerHour: number, seed: number): Point[] {
  const random = seeded(seed)
  let wander = 0
  return Array.from({ length: 180 }, (_, index) => {
    const hours = (index * 5) / 3_600
    wander = 0.7 * wander + (random() - 0.5)
    return { hours, value: 300 + growthPerHour * hours + wander }
  })
}

describe('slopeOf', () => {
  it('Should find a growth, and leave 0 out of its interval', () => {
    const { perHour, low, high } = slopeOf(measured(40, 1), 12, seeded(1))
    expect(perHour).toBeCloseTo(40, -1)
    expect(low).toBeGreaterThan(0)
    expect(high).toBeGreaterThan(perHour)
  })

  it('Should include 0 where nothing grows, for nineteen seeds of twenty', () => {
    const includes = Array.from({ length: 20 }, (_, seed) => {
      const { low, high } = slopeOf(measured(0, seed), 12, seeded(seed))
      return low <= 0 && high >= 0
    })
    expect(includes.filter(Boolean).length).toBeGreaterThanOrEqual(17)
  })
})
