import { describe, expect, it } from 'vitest'
import { Preparations } from './preparations.ts'

/** Begins to prepare children with inputs of these sizes; each ends when it is told to. */
function begin(sizes: readonly number[], definition = 'd'.repeat(1_000)) {
  const preparations = new Preparations()
  const begun: number[] = []
  const ends: (() => void)[] = []
  const all = sizes.map((bytes, index) => {
    const input = 'x'.repeat(bytes)
    return preparations.begin({ workflowId: 'child', input }, () => {
      begun.push(index)
      return new Promise<{ start: object }>((resolve, reject) => {
        ends[index] = () =>
          bytes === 13 ? reject(new Error('refused')) : resolve({ start: { definition, input } })
      })
    })
  })
  const end = async (...indexes: readonly number[]) => {
    for (const index of indexes) ends[index]!()
    await new Promise(setImmediate)
  }
  return { all, begun, end }
}

describe('the preparation of children', () => {
  it('Should begin with one, whose size tells that of the others', async () => {
    const { all, begun, end } = begin(Array.from({ length: 100 }, () => 3_000))
    expect(begun).toEqual([0])
    await end(0)
    expect(begun).toHaveLength(100)
    await end(...begun.slice(1))
    expect(await Promise.all(all)).toHaveLength(100)
  })

  it('Should prepare as many at a time as one workflow task takes', async () => {
    const { begun, end } = begin(
      Array.from({ length: 9 }, () => 10),
      'd'.repeat(100_000),
    )
    await end(0)
    expect(begun).toEqual([0, 1, 2, 3, 4])
    await end(1, 2)
    expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6])
  })

  it('Should have large ones wait in their order, and those after them too', async () => {
    const { begun, end } = begin([10, 1_000_000, 400_000, 10, 10])
    await end(0)
    expect(begun).toEqual([0, 1])
    await end(1)
    expect(begun).toEqual([0, 1, 2, 3, 4])
  })

  it('Should go on after one that is refused', async () => {
    const { all, begun, end } = begin([13, 450_000])
    const refusal = all[0]!.catch((error: unknown) => String(error))
    await end(0)
    expect(await refusal).toBe('Error: refused')
    expect(begun).toEqual([0, 1])
  })
})
