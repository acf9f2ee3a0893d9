import { describe, expect, it } from 'vitest'
import { didYouMean, listNames, nearest } from './nearest.ts'

describe('nearest', () => {
  it.each([
    ['tasls', ['tools', 'tasks'], 'tasks'],
    ['on_sucess', ['on_success', 'on_error'], 'on_success'],
    ['ouptuts', ['outputs', 'output'], 'outputs'],
    ['ID', ['id'], 'id'],
    ['A', ['b', 'a'], 'a'],
    ['exec', ['id', 'execute'], 'execute'],
  ])('Should take %s for the one of %j that was meant', (name, known, meant) => {
    expect(nearest(name, known)).toBe(meant)
  })

  it.each([
    ['banana', ['tasks', 'tools']],
    ['x', ['tasks']],
    ['x', ['a', 'b']],
    ['tasks', []],
    ['exe', ['execute', 'executions']],
    ['ex', ['execute']],
  ])('Should not guess at %s among %j', (name, known) => {
    expect(nearest(name, known)).toBeUndefined()
  })

  it('Should say nothing where nothing is near', () => {
    expect(didYouMean('banana', ['tasks'])).toBe('')
    expect(didYouMean('task', ['tasks'])).toBe('; did you mean "tasks"?')
  })
})

describe('listNames', () => {
  it.each([
    [['a', 'b'], 'a, b'],
    [[], ''],
    [
      Array.from({ length: 20 }, (_, i) => `t${i}`),
      't0, t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11, t12, t13, t14, t15, t16, t17, t18, t19',
    ],
    [Array.from({ length: 22 }, (_, i) => `t${i}`), 't18, t19 and 2 more'],
  ])('Should list the first 20 names', (names, expected) => {
    expect(listNames(names)).toContain(expected)
  })

  it('Should list as many as it is asked for', () => {
    expect(listNames(['a', 'b', 'c'], 2)).toBe('a, b and 1 more')
    expect(listNames(['a', 'b'], 2)).toBe('a, b')
  })
})
