import { describe, expect, it } from 'vitest'
import { didYouMean, nearest } from './nearest.ts'

describe('nearest', () => {
  it.each([
    ['tasls', ['tools', 'tasks'], 'tasks'],
    ['on_sucess', ['on_success', 'on_error'], 'on_success'],
    ['ouptuts', ['outputs', 'output'], 'outputs'],
    ['ID', ['id'], 'id'],
    ['A', ['b', 'a'], 'a'],
  ])('Should take %s for the one of %j that was meant', (name, known, meant) => {
    expect(nearest(name, known)).toBe(meant)
  })

  it.each([
    ['banana', ['tasks', 'tools']],
    ['x', ['tasks']],
    ['x', ['a', 'b']],
    ['tasks', []],
  ])('Should not guess at %s among %j', (name, known) => {
    expect(nearest(name, known)).toBeUndefined()
  })

  it('Should say nothing where nothing is near', () => {
    expect(didYouMean('banana', ['tasks'])).toBe('')
    expect(didYouMean('task', ['tasks'])).toBe('; did you mean "tasks"?')
  })
})
