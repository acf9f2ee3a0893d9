import { describe, expect, it } from 'vitest'
import { HistogramSlot, ValueSlot } from './slots.ts'

describe('a slot of a histogram', () => {
  it('Should count each value in the first bucket whose bound is not below it', () => {
    const slot = new HistogramSlot([1, 2])
    for (const value of [-Infinity, 0.5, 1, 1.5, 2, 2.5, Infinity]) slot.observe(value)
    expect([...slot.counts]).toEqual([3, 2, 2])
    expect([0.5, 1, 1.5, 2, 2.5].map((value) => slot.bucketOf(value))).toEqual([0, 0, 1, 1, 2])
  })

  it('Should add up its values, and ignore NaN', () => {
    const slot = new HistogramSlot([1])
    for (const value of [0.25, NaN, 3]) slot.observe(value)
    expect([slot.sum, ...slot.counts]).toEqual([3.25, 1, 1])
  })
})

describe('a slot of a value', () => {
  it('Should start where it is told, and rise and fall by what is added', () => {
    const slot = new ValueSlot(2)
    slot.add()
    slot.add(-4)
    expect(slot.value).toBe(-1)
    expect(new ValueSlot().value).toBe(0)
  })
})
