import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesOver, cutText, jsonBytes, utf8Bytes } from './limits.ts'

const anyText = fc.string({ unit: 'binary' })
const nested = (levels: number) => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`) as never

describe('sizes', () => {
  it('Should count a text as its UTF-8 has it', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(utf8Bytes(text)).toBe(Buffer.byteLength(text))
      }),
    )
  })

  it('Should count a value as its JSON in UTF-8 has it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const bytes = Buffer.byteLength(JSON.stringify(value))
        expect(jsonBytes(value as never)).toBe(bytes)
        expect(bytesOver(value as never, bytes - 1)).toBe(bytes)
        expect(bytesOver(value as never, bytes)).toBeUndefined()
      }),
    )
  })

  it('Should call a value too large that is nested too deep, and not one just below', () => {
    expect(bytesOver(nested(5_000), 1_000_000)).toBe(Infinity)
    expect(bytesOver(nested(200), 1_000_000)).toBeUndefined()
  })
})

describe('cutText', () => {
  it('Should keep a text that fits', () => {
    expect(cutText('añ€😀', 64)).toBe('añ€😀')
  })

  it('Should cut a longer one at the limit, whole characters only, and say how long it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 60 }), (text) => {
        const cut = cutText(text.repeat(3), 100)
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(100)
        expect(cut).toContain(`${utf8Bytes(text.repeat(3)).toLocaleString('en')} bytes in all`)
        expect(cut.isWellFormed()).toBe(text.isWellFormed())
      }),
    )
  })
})
