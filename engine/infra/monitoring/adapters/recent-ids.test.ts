import { describe, expect, it } from 'vitest'
import { createRecentIds } from './recent-ids.ts'

describe('recent ids', () => {
  it('Should have those that were added, each once, until they are deleted', () => {
    const ids = createRecentIds(2)
    expect([ids.add('a'), ids.add('a'), ids.has('a'), ids.has('b')]).toEqual([
      true,
      false,
      true,
      false,
    ])
    ids.delete('a')
    expect([ids.has('a'), ids.add('a')]).toEqual([false, true])
  })

  it('Should forget the oldest past the limit, and not count what was deleted', () => {
    const ids = createRecentIds(2)
    for (const id of ['a', 'b']) ids.add(id)
    ids.delete('b')
    ids.add('c')
    expect(ids.has('a')).toBe(true)
    ids.add('d')
    expect(['a', 'c', 'd'].map((id) => ids.has(id))).toEqual([false, true, true])
  })
})
