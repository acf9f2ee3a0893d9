import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonValue } from '../json.ts'
import { jsonStart } from './json-start.ts'

describe('jsonStart', () => {
  it('Should be the start of the JSON text, or all of a short one', () => {
    const anyText = fc.string({ unit: 'binary' })
    const value = fc.oneof(fc.jsonValue(), fc.array(anyText), fc.dictionary(anyText, anyText))
    fc.assert(
      fc.property(value, fc.nat(60), (any, length) => {
        const start = JSON.stringify(any).slice(0, length).toWellFormed()
        expect(jsonStart(any as JsonValue, length)).toBe(start)
      }),
    )
  })

  it('Should leave out keys without a value, and write null for an absent item', () => {
    const value = { a: undefined, b: [undefined, 1], c: undefined } as never
    expect(jsonStart(value, 100)).toBe('{"b":[null,1]}')
  })

  it('Should cost what it shows, of a value that is far larger or nests far deeper', () => {
    let shared: JsonValue = 'x'
    for (let level = 0; level < 20_000; level++) shared = { a: shared, b: shared }
    expect(jsonStart(shared, 12)).toBe('{"a":{"a":{"')
    expect(jsonStart(['y'.repeat(5_000_000)], 8)).toBe('["yyyyyy')
  })
})
