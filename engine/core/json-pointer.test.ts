import { describe, expect, it } from 'vitest'
import { fragmentOf, jsonPointer, pointerSteps, valueAtPointer } from './json-pointer.ts'

describe('jsonPointer', () => {
  it.each([
    ['', []],
    ['/', ['']],
    ['/a/0/b', ['a', '0', 'b']],
    ['/a~1b/~0c/~01', ['a/b', '~c', '~1']],
  ])('Should write %j and read it back', (pointer, steps) => {
    expect(jsonPointer(steps)).toBe(pointer)
    expect(pointerSteps(pointer)).toEqual(steps)
  })

  it('Should write an index as a key', () => {
    expect(jsonPointer(['items', 0])).toBe('/items/0')
  })
})

describe('valueAtPointer', () => {
  const whole = { items: [{ 'a/b': 1 }, 'x'], '0': { '01': 2 }, '': 3, none: null }

  it.each([
    ['', whole],
    ['/items/0/a~1b', 1],
    ['/items/1', 'x'],
    ['/0/01', 2],
    ['/', 3],
    ['/none', null],
  ])('Should follow %j', (pointer, value) => {
    expect(valueAtPointer(whole, pointer)).toEqual(value)
  })

  it.each([
    '/items/2',
    '/items/01',
    '/items/length',
    '/items/1/0',
    '/none/a',
    '/toString',
    'items',
  ])('Should find nothing at %s', (pointer) => {
    expect(valueAtPointer(whole, pointer)).toBeUndefined()
  })
})

describe('fragmentOf', () => {
  it.each([
    ['#', ''],
    ['#node', 'node'],
    ['#/$defs/a%20b', '/$defs/a b'],
    ['#/$defs/a%7E1b', '/$defs/a~1b'],
    ['#/$defs/a%2Fb', '/$defs/a~1b'],
    ['#/$defs/100%', undefined],
    ['other.json#/a', undefined],
  ])('Should read %s as %s', (reference, fragment) => {
    expect(fragmentOf(reference)).toBe(fragment)
  })
})
