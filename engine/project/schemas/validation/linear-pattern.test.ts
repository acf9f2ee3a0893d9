import { describe, expect, it } from 'vitest'
import { compileLinearPattern, type LinearPattern } from './linear-pattern.ts'

function patternOf(source: string): LinearPattern {
  const compiled = compileLinearPattern(source)
  if ('unsupported' in compiled) throw new Error(`${source}: ${compiled.unsupported}`)
  return compiled
}

/** One atom in each spelling that JavaScript's own expression may do. */
const atoms = String.raw`
  \d \D \w \W \s \S [\s] [^\s] [\s-] [-\s] [\sa] [a-z\s\d] [\w-] [^\w] [\D] [\W] [\\s] [\\\s]
  [\v] [\f] [\t\n\r] [\x41] [\u0041] [\u{1F600}] [\cA] [\p{L}] [\P{L}] [^\p{Lu}] [\p{Script=Greek}]
  a é ſ K 😀 [a-zé] [^a] [^é] [😀] [^😀] [a-😀] [.] [$] [a$] [|] [(] [[] [\]] [\-] [a-] [&&]
  \. \/ \$ : - a{0} a{2} \s{2} \S{2}`
  .trim()
  .split(/[ \n]+/)

/** Characters on which engines may differ: all of Latin-1, spaces, letters, halves of pairs. */
const special = [
  0x1680, 0x180e, 0x2003, 0x200b, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff, 0x3b1, 0x212a,
  0x660, 0xff11, 0xfffd, 0xd800, 0xdfff, 0x1f600, 0x10ffff,
]
const codes = [...Array.from({ length: 0x180 }).keys(), ...special]
const texts = codes.map((code) => String.fromCodePoint(code))
texts.push('', 'aa', 'a\n', '\na', '\r\n', '\u00a0\u00a0', 'a\u00a0', '  ')

describe('a pattern that JavaScript matches', () => {
  it.each(atoms)('Should mean what RE2 takes it for: %s', (atom) => {
    for (const [native, grouped] of [
      [`^${atom}$`, `^(${atom})$`],
      [`^${atom}`, `^(${atom})`],
      [`^x${atom}y$`, `^x(${atom})y$`],
    ] as const) {
      const [fast, re2] = [patternOf(native), patternOf(grouped)]
      expect([fast.isNative || native.endsWith(atom), re2.isNative]).toEqual([true, false])
      const samples = native.startsWith('^x') ? texts.map((text) => `x${text}y`) : texts
      expect(samples.filter((text) => fast.test(text) !== re2.test(text))).toEqual([])
    }
  })

  it.each(['\u00a0', '\u3000', '\ufeff', '\u2028', '\v'])(
    'Should take no space of Unicode for a space: %j',
    (sign) => {
      const taken = ['^\\S+$', '^(\\S+)$', '^[^\\s]+$', '^[\\S]+$'].map((source) =>
        patternOf(source).test(`a${sign}b`),
      )
      expect(taken).toEqual([true, true, true, true])
      const spaces = ['^\\s*$', '^(\\s*)$', '^[\\s]*$', '^[\\sx]+$'].map((source) =>
        patternOf(source).test(sign),
      )
      expect(spaces).toEqual([false, false, false, false])
    },
  )

  it.each([' ', '\t', '\n', '\f', '\r'])('Should take a space of RE2 for one: %j', (sign) => {
    const taken = ['^\\S+$', '^(\\S+)$', '^[^\\s]+$', '^[\\S]+$'].map((source) =>
      patternOf(source).test(`a${sign}b`),
    )
    expect(taken).toEqual([false, false, false, false])
    for (const source of ['^\\s*$', '^(\\s*)$', '^[\\s]*$', '^[\\sx]+$'])
      expect(patternOf(source).test(sign)).toBe(true)
  })

  it.each([
    ['^\\u00e9cole$', 'école', '\u0e9cole'],
    ['^[\\u0041-\\u0043d]+(x[a-z]+)*$', 'ABd', 'Z'],
    ['^[a-z\\u00C0-\\u024F0-9]*( [a-z]+)*$', 'zoé7 anna', '\u24f0'],
    ['^(\\u{1F600}1)$', '😀1', '\u{1F601}'],
  ])('Should read four digits after \\u, and what is in braces: %s', (source, fits, other) => {
    const pattern = patternOf(source)
    expect([pattern.test(fits), pattern.test(other)]).toEqual([true, false])
    expect(new RegExp(source, 'u').test(fits)).toBe(true)
  })

  it('Should leave to RE2 what only RE2 can say', () => {
    const sources = ['^[\\S]$', '^[a\\S]+$', '^a{02}$', '^.$', '^\\bx$', '^(?i)a$', '^[\\s-a]$']
    expect(sources.filter((source) => patternOf(source).isNative)).toEqual([])
    expect(patternOf('^a{02}$').test('a{02}')).toBe(true)
    expect(patternOf('^a{2}$').test('aa')).toBe(true)
  })
})
