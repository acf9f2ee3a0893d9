import { describe, expect, it } from 'vitest'
import { sample } from './sample.ts'

const items = Array.from({ length: 1_000 }, (_, index) => index)

describe('a sample', () => {
  it('Should be the same for the same seed, and another for another', () => {
    expect(sample(items, 20, 1)).toEqual(sample(items, 20, 1))
    expect(sample(items, 20, 1)).not.toEqual(sample(items, 20, 2))
  })

  it('Should have its size, each item once, and be in order', () => {
    const taken = sample(items, 50, 3)
    expect(new Set(taken).size).toBe(50)
    expect(taken).toEqual(taken.toSorted((a, b) => a - b))
    expect(sample([1, 2], 5, 3)).toEqual([1, 2])
  })
})
