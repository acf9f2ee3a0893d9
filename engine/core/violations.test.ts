import { describe, expect, it } from 'vitest'
import { summarizeViolations, withFoundValues } from './violations.ts'

const violation = (pointer: string) => ({ pointer, message: 'is required' })

describe('summarizeViolations', () => {
  it('Should show the first three and count the rest', () => {
    const five = ['/a', '/b', '/c', '/d', '/e'].map(violation)
    expect(summarizeViolations(five, 'it')).toBe(
      '/a is required; /b is required; /c is required; and 2 more',
    )
  })

  it('Should count nothing where all are shown', () => {
    expect(summarizeViolations([violation('')], '(the input)')).toBe('(the input) is required')
    expect(summarizeViolations([violation('/a')], 'it', ': ')).toBe('/a: is required')
  })
})

describe('withFoundValues', () => {
  const whole = { qty: 'many', 'a/b': [5], none: null, tags: [1, 2], at: {} }

  it.each([
    ['/qty', 'must be integer', 'must be integer, got "many"'],
    ['/a~1b/0', 'must be string', 'must be string, got 5'],
    ['/none', 'must be string', 'must be string, got null'],
    ['/tags', 'must be string', 'must be string, got a list'],
    ['', 'must be array', 'must be array, got an object'],
    ['/qty', 'must match pattern "^a$"', 'must match pattern "^a$", got "many"'],
  ])('Should add what was found at %s to %s', (pointer, message, told) => {
    expect(withFoundValues([{ pointer, message }], whole)).toEqual([{ pointer, message: told }])
  })

  it.each([
    ['/gone', 'is required'],
    ['/gone/deeper', 'must be string'],
    ['/constructor', 'must be string'],
    ['/qty', 'is not a known property'],
    ['/tags', 'must NOT have more than 1 items'],
  ])('Should leave %s as it is where there is nothing to add to %s', (pointer, message) => {
    expect(withFoundValues([{ pointer, message }], whole)).toEqual([{ pointer, message }])
  })

  it('Should clean a text before it cuts it', () => {
    const secret = 's'.repeat(80)
    const clean = (text: string) => text.replaceAll(secret, '[secret]')
    const value = { key: `x${secret}` }
    const [told] = withFoundValues([{ pointer: '/key', message: 'must be integer' }], value, clean)
    expect(told?.message).toBe('must be integer, got "x[secret]"')
  })
})
