import { assert, integer, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cutLine, printableJson, widthOf } from './line.ts'

describe('cutLine', () => {
  it.each([
    ['short', 10, 'short'],
    ['exactly ten', 11, 'exactly ten'],
    ['… and 3 more', 9, '… and 3 …'],
    ['注文注文', 5, '注文…'],
    ['a\nb', 5, 'a b'],
  ])('Should cut %j to %i columns', (text, columns, cut) => {
    expect(cutLine(text, columns)).toBe(cut)
  })

  it('Should never be wider than asked, whatever the text', () => {
    const texts = string({ unit: 'grapheme', maxLength: 60 })
    assert(
      property(texts, integer({ min: 1, max: 40 }), (text, columns) => {
        expect(widthOf(cutLine(text, columns))).toBeLessThanOrEqual(columns)
      }),
    )
  })
})

describe('printableJson', () => {
  it('Should escape what controls a terminal or reorders text, and keep the value', () => {
    const value = { name: 'a\u0085\u009b2J\u007f\u202e\u2069z\u001b', text: 'schön 注\n' }
    const text = printableJson(value)
    expect(text).toBe(
      String.raw`{"name":"a\u0085\u009b2J\u007f\u202e\u2069z\u001b","text":"schön 注\n"}`,
    )
    expect(JSON.parse(text)).toEqual(value)
    expect(printableJson({ a: [1] }, 2)).toBe('{\n  "a": [\n    1\n  ]\n}')
  })
})
