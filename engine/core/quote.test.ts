import { describe, expect, it } from 'vitest'
import { quoteShort, shortenWords } from './quote.ts'

describe('texts from outside in messages', () => {
  it('Should be quoted, and cut where they are long', () => {
    expect(quoteShort('a "b"')).toBe(String.raw`"a \"b\""`)
    expect(quoteShort('x'.repeat(61))).toBe(`"${'x'.repeat(57)}…"`)
    expect(quoteShort('x'.repeat(60))).toBe(`"${'x'.repeat(60)}"`)
  })

  it('Should not repeat a long id or path whole', () => {
    const id = 'x'.repeat(1_000)
    expect(shortenWords(`no execution "${id}"`)).toBe(`no execution "${'x'.repeat(197)}…"`)
    expect(shortenWords(`no route GET /${id} here`)).toBe(`no route GET /${'x'.repeat(198)}… here`)
    expect(shortenWords(`no task "${'x '.repeat(500)}" here`)).toHaveLength(213)
  })

  it('Should leave ordinary text as it is', () => {
    const message = `${'no execution "a"; '.repeat(100)}end`
    expect(shortenWords(message)).toBe(message)
    expect(shortenWords('"short"')).toBe('"short"')
  })
})
