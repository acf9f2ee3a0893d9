import { describe, expect, it } from 'vitest'
import { Preparations } from './preparations.ts'

/** Begins preparations of these sizes; each ends when it is told to. */
function begin(sizes: readonly number[]) {
  const preparations = new Preparations()
  const begun: number[] = []
  const ends: (() => void)[] = []
  const all = sizes.map((bytes, index) =>
    preparations.begin(bytes, () => {
      begun.push(index)
      return new Promise<number>((resolve, reject) => {
        ends[index] = () => (bytes === 13 ? reject(new Error('refused')) : resolve(index))
      })
    }),
  )
  const end = async (index: number) => {
    ends[index]!()
    await new Promise(setImmediate)
  }
  return { all, begun, end }
}

describe('the preparation of children', () => {
  it('Should begin at once with all that are small', () => {
    expect(begin(Array.from({ length: 100 }, () => 4_000)).begun).toHaveLength(100)
  })

  it('Should have large ones wait in their order, and those after them too', async () => {
    const { all, begun, end } = begin([1_000_000, 400_000, 300_000, 10, 10])
    expect(begun).toEqual([0])
    await end(0)
    expect(begun).toEqual([0, 1])
    await end(1)
    expect(begun).toEqual([0, 1, 2, 3, 4])
    for (const index of [2, 3, 4]) await end(index)
    expect(await Promise.all(all)).toEqual([0, 1, 2, 3, 4])
  })

  it('Should go on after one that is refused', async () => {
    const { all, begun, end } = begin([13, 450_000])
    const refusal = all[0]!.catch((error: unknown) => String(error))
    await end(0)
    expect(await refusal).toBe('Error: refused')
    expect(begun).toEqual([0, 1])
  })
})
