import { describe, expect, it } from 'vitest'
import { hangText, wrapParagraphs, wrapWords } from './wrap.ts'

describe('wrapping', () => {
  it('Should break between words, and leave a longer word alone', () => {
    expect(wrapWords('one two three', 7)).toEqual(['one two', 'three'])
    expect(wrapWords('a https://example.com/long b', 8)).toEqual([
      'a',
      'https://example.com/long',
      'b',
    ])
    expect(wrapWords('', 8)).toEqual([''])
  })

  it('Should put the rest of a text below its beginning', () => {
    expect(hangText('--a  ', 'one two three', 12)).toBe('--a  one two\n     three')
  })

  it('Should join and break a paragraph that is too wide, and no other', () => {
    const text =
      'one two three four\nfive\n\nsix\nseven\n\n  compozy runs show order-1 --json\n\nlast'
    expect(wrapParagraphs(text, 10)).toBe(
      'one two\nthree four\nfive\n\nsix\nseven\n\n  compozy runs show order-1 --json\n\nlast',
    )
    expect(wrapParagraphs(text, 80)).toBe(text)
  })
})
