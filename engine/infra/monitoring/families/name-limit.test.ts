import { describe, expect, it } from 'vitest'
import { createNameLimit } from './name-limit.ts'

const workflows = (...ids: readonly string[]) => ids.map((id) => ({ id, taskTypes: ['basic'] }))

describe('a limit of names', () => {
  it('Should admit new names up to the limit, and known ones always', () => {
    const admit = createNameLimit(3, { workflows: workflows('a', 'b'), tools: ['t'] })
    expect(admit({ workflows: workflows('a', 'c', 'd'), tools: ['u', 't'] })).toEqual({
      admitted: { workflows: workflows('a', 'c'), tools: ['u', 't'] },
      refused: ['d'],
    })
    // A removed name keeps its series, and so its place.
    expect(admit({ workflows: workflows('c', 'e'), tools: ['v', 'w'] })).toEqual({
      admitted: { workflows: workflows('c'), tools: ['v'] },
      refused: ['e', 'w'],
    })
  })

  it('Should refuse no name of the start, however many there are', () => {
    const names = { workflows: workflows('a', 'b', 'c'), tools: ['t', 'u'] }
    expect(createNameLimit(1, names)(names)).toEqual({ admitted: names, refused: [] })
  })
})
