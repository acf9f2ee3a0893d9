import { describe, expect, it } from 'vitest'
import { readSource } from './read-source.ts'

/**
 * What the caret underlines for the word `word` of the string at `a`, found in the parsed string.
 */
function underlined(yaml: string, word: string): string {
  const { source, diagnostics } = readSource('x.yaml', yaml)
  if (source === undefined) return diagnostics.map(({ message }) => message).join()
  const value = (source.value as { a: string }).a
  const place = source.locate(['a'], { offset: value.indexOf(word), length: word.length })
  const line = source.lineAt(place)
  return `${place.line}: ${line.slice(place.column - 1, place.column - 1 + place.length)}`
}

describe('a place inside a string', () => {
  it.each([
    ['plain', 'a: one two', '1: two'],
    ['plain over lines', 'a: one\n  three\n\n  two', '4: two'],
    ['double-quoted', 'a: "one two"', '1: two'],
    ['double-quoted with escapes', 'a: "\\t\\x41\\u0042\\U0001F600\\"two"', '1: two'],
    ['double-quoted over lines', 'a: "one\n\n  three \\\n  two"', '4: two'],
    ['single-quoted', "a: 'it''s two'", '1: two'],
    ['single-quoted over lines', "a: 'it''s\n  two'", '2: two'],
    ['a literal block', 'a: |\n  one\n\n    three\n  two', '5: two'],
    ['a literal block with a header', 'a: |2- # why\n    one\n   two', '3: two'],
    ['a folded block', 'a: >-\n  one\n  three\n\n  two\n', '5: two'],
    ['a flow mapping', '{b: 1, a: one two}', '1: two'],
    ['a text with CRLF', 'a: |\r\n  one\r\n  two\r\n', '3: two'],
    ['a file with a byte order mark', '\uFEFFa: one two', '1: two'],
    ['an alias', 'b: &x one two\na: *x', '1: two'],
  ])('Should be found in %s', (_, yaml, expected) => {
    expect(underlined(yaml, 'two')).toBe(expected)
  })
})

describe('a place of a value', () => {
  const yaml = 'a:\n  b: [1, two]\n  c:\n  "d e": |\n    text\n'
  it.each([
    ['a scalar', ['a', 'b', 1], {}, '2:10:3'],
    ['a list', ['a', 'b'], {}, '2:6:8'],
    ['a mapping, by its first key', ['a'], {}, '2:3:1'],
    ['a key', ['a', 'b'], { key: true }, '2:3:1'],
    ['a quoted key', ['a', 'd e'], { key: true }, '4:3:5'],
    ['a value that is missing, by its key', ['a', 'c'], {}, '3:3:1'],
    ['what encloses a path that leads nowhere', ['a', 'b', 7], {}, '2:6:8'],
    ['the document', [], {}, '1:1:1'],
  ])('Should be that of %s', (_, path, at, expected) => {
    const { line, column, length } = readSource('x.yaml', yaml).source!.locate(path, at)
    expect(`${line}:${column}:${length}`).toBe(expected)
  })
})

describe('values', () => {
  it('Should be those of YAML 1.2', () => {
    const { source } = readSource(
      'x.yaml',
      'a: yes\nb: 0x1F\nc: 012\nd: 2020-01-01\ne: ~\n1: one\ntrue: t\n__proto__: p',
    )
    expect(Object.entries(source!.value as object)).toEqual([
      ['1', 'one'],
      ['a', 'yes'],
      ['b', 31],
      ['c', 12],
      ['d', '2020-01-01'],
      ['e', null],
      ['true', 't'],
      ['__proto__', 'p'],
    ])
  })

  it.each([
    ['a: "\\ud83d"', '1:4'],
    ['a: {b: [x, "y\\udc00"]}', '1:12'],
    ['"\\ud800": x', '1:1'],
  ])('Should be whole characters: %s', (text, place) => {
    const [first] = readSource('x.yaml', text).diagnostics
    expect(`${first?.place.line}:${first?.place.column} ${first?.message}`).toBe(
      `${place} half of a surrogate pair, which is not a character`,
    )
  })

  it('Should keep a character that is written as two halves', () => {
    const { source, diagnostics } = readSource('x.yaml', 'a: "\\ud83d\\ude00"')
    expect(diagnostics).toEqual([])
    expect(source!.value).toEqual({ a: '😀' })
  })

  it('Should not grow without bound through aliases', () => {
    const levels = Array.from(
      { length: 9 },
      (_, i) => `l${i + 1}: &l${i + 1} [${Array(10).fill(`*l${i}`).join(', ')}]`,
    )
    const { diagnostics } = readSource('x.yaml', `l0: &l0 [x]\n${levels.join('\n')}`)
    expect(diagnostics.map(({ message }) => message)).toEqual([
      'more than 100000 values in one file (through aliases?)',
    ])
  })
})

describe('an invisible character', () => {
  it.each([
    ['id: w\nname: "a\u0000b"', '2:9', '0000'],
    ['id: w\u0007', '1:6', '0007'],
    ['id: \ufeff1', '1:5', 'FEFF'],
    ["id: 'a\u0081'", '1:7', '0081'],
    ['# \u007f\nid: 1', '1:3', '007F'],
  ])('Should be refused with its place: %j', (text, at, code) => {
    const { source, diagnostics } = readSource('w.yaml', text)
    expect(source).toBeUndefined()
    expect(diagnostics.map(({ place, message, hint }) => ({ place, message, hint }))).toMatchObject(
      [
        {
          place: { line: Number(at.split(':')[0]), column: Number(at.split(':')[1]) },
          message: `the invisible character U+${code} is not allowed in YAML`,
          hint: `remove it, or write \\u${code} in a text in double quotes`,
        },
      ],
    )
  })

  it('Should be accepted as an escape, and as a mark, a tab or a line break of Windows', () => {
    const text = '\ufeffid: "a\\u0000\\uFEFFb"\r\nname:\tx\u0085y 😀\r\n'
    expect(readSource('w.yaml', text).source?.value).toEqual({
      id: 'a\u0000\ufeffb',
      name: 'x\u0085y 😀',
    })
  })
})

describe('a syntax error', () => {
  it.each([
    ['a:\n  b: 1\n c: 2\n', '3:1 wrong indentation'],
    ['tasks:\n  - id: a\n   type: b\n', '3:1 wrong indentation in a list'],
    ['a: [1, 2\nb: 3\n', '2:1 a list [ … ] or mapping { … } is not closed'],
    ['a: "x\nb: 1\n', '3:1 a text in quotes is not closed'],
    ['a: |\n x\nz\n', '3:1 a key must be on one line'],
    ['a: {b: 1} c\n', '1:11 text after a complete value'],
    ['a: ]\n', '1:4 a ] or } that closes nothing'],
    ['a: >x\n  b\n', '1:5 text right after | or >'],
    ['a: - b\n', '1:4 a list starts on the line of its key'],
  ])('Should be told without words of the parser: %j', (text, expected) => {
    const [first] = readSource('x.yaml', text).diagnostics
    expect(`${first?.place.line}:${first?.place.column} ${first?.message}`).toContain(expected)
    expect(first?.message).not.toMatch(/flow|scalar|implicit|node|token/i)
  })

  it('Should keep a message of the parser that is clear', () => {
    const [first] = readSource('x.yaml', 'a: @b\n').diagnostics
    expect(first?.message).toBe('Plain value cannot start with reserved character @')
  })
})
