import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hasTemplate, parseTemplate } from './parse-template.ts'
import { TemplateSyntaxError } from './problem.ts'
import { parseError, place, render } from '../testing/render.ts'

/** The piece of the text that an error underlines. */
function underlined(text: string): string {
  const { offset, length } = parseError(text)
  return text.slice(offset, offset + length)
}

describe('Template syntax', () => {
  it.each([
    ['{{ .a }}', true],
    ['a {{ b', true],
    ['no template', false],
    ['{ {a} }', false],
  ])('Should tell whether %j holds a template: %j', (text, expected) => {
    expect(hasTemplate(text)).toBe(expected)
  })

  it.each([
    ['{{ "a\\tb\\"c\\\\" }}', 'a\tb"c\\'],
    ["{{ 'it\\'s' }}", "it's"],
    ['{{ `raw \\n "x"` }}', 'raw \\n "x"'],
    ['{{ `two\nlines` }}', 'two\nlines'],
    ['{{ "\\u00e9\\x41\\101\\U0001F600" }}', 'éAA😀'],
    ['{{ "\\xc3\\xa9" }}', 'é'],
    ['{{ printf "%s" "\\303\\251" }}', 'é'],
    ['{{ "<\\xf0\\x9f\\230\\x80\\x41>\\n\\xc2\\xa9" }}', '<😀A>\n©'],
    ['{{ "\\xef\\xbb\\xbfa" }}', '\ufeffa'],
    ["{{ '\\xc3\\xa9' }}", 'é'],
    ["{{ '\\xe9' }}", 'é'],
    ["{{ '\\351' }}", 'é'],
    ['{{ "}}" }}', '}}'],
    ['{{ 12 }}', 12],
    ['{{ -1.5 }}', -1.5],
    ['{{-3}}', -3],
    ['{{ +2 }}', 2],
    ['{{ 1e3 }}', 1000],
    ['{{ 1.5e-2 }}', 0.015],
    ['{{ 0x1F }}', 31],
    ['{{ -0b11 }}', -3],
    ['{{ 0o17 }}', 15],
    ['{{ 1_000 }}', 1000],
    ['{{ 0 }}', 0],
    ['{{ 0.5 }}', 0.5],
    ['{{ 0e1 }}', 0],
    ['{{ true }}', true],
    ['{{ false }}', false],
    ['{{ nil }}', null],
  ])('Should read the literal %s', (text, expected) => {
    expect(render(text)).toEqual(expected)
  })

  it.each([
    ['a {{- 1 -}} b', 'a1b'],
    ['a\n  {{- 1 }}\nb', 'a1\nb'],
    ['a {{ 1 -}}\n\t b', 'a 1b'],
    ['a {{/* comment }} */}} b', 'a  b'],
    ['a {{- /* comment */ -}} b', 'ab'],
    ['a \t\r\n{{- 1 -}}\r\n \tb', 'a1b'],
    ['a\u00a0 {{- 1 -}} \u00a0b', 'a\u00a01\u00a0b'],
    ['a\f{{- 1 -}}\vb', 'a\f1\vb'],
    [' \u2028 {{- /* x */ -}} \ufeff ', ' \u2028\ufeff '],
    ['{{\n  "over"\n  | upper\n}}', 'OVER'],
    ['}} { { }', '}} { { }'],
  ])('Should trim and leave out in %j', (text, expected) => {
    expect(render(text)).toBe(expected)
  })

  it.each([
    ['a {{ .b', '{{ .b', 'not closed'],
    ['{{ "abc }}', '"abc }}', 'string is not closed'],
    ['{{ "a\nb" }}', '"a', 'string is not closed'],
    ["{{ '}}", "'}}", 'string is not closed'],
    ['{{ "\\q" }}', '\\q', 'unknown escape'],
    ['{{ "\\UFFFFFFFF" }}', '\\U', 'unknown escape'],
    ['{{ "a\\xffb" }}', '\\xff', 'not valid UTF-8'],
    ['{{ "\\xc3\\u00a9" }}', '\\xc3', 'not valid UTF-8'],
    ['{{ "\\303\\x28" }}', '\\303\\x28', 'not valid UTF-8'],
    ['{{ "\\xed\\xa0\\x80" }}', '\\xed\\xa0\\x80', 'not valid UTF-8'],
    ["{{ 'a\\xe9' }}", '\\xe9', 'not valid UTF-8'],
    ['{{ "\'\\xe9\'" }}', '\\xe9', 'not valid UTF-8'],
    ['{{ "\\400" }}', '\\4', 'unknown escape'],
    ['{{/* never', '{{/* never', 'comment is not closed'],
    ['{{ /* a */ .b }}', '{{ /* a */', 'comment is not closed'],
    ['{{ }}', '}}', 'empty'],
    ['a{{-\u00a01 }}', '-', 'unexpected "-"'],
    ['{{ 1\u00a0-}}b', '-', 'unexpected "-"'],
    ['{{/* a */\u00a0-}}b', '{{/* a */', 'comment is not closed'],
    ['{{ 1x }}', '1x', 'not a number'],
    ['{{ "\\ud83d" }}', '\\u', 'unknown escape "\\u"'],
    ['{{ "\\U0000DC00" }}', '\\U', 'unknown escape "\\U"'],
    ['{{ 017 }}', '017', 'begins with a zero, which Go reads as octal'],
    ['{{ -08 }}', '-08', 'begins with a zero'],
    ['{{ 00 }}', '00', 'begins with a zero'],
    ['{{ 0_7 }}', '0_7', 'begins with a zero'],
    ['{{ 1.2.3 }}', '1.2.3', 'not a number'],
    ['{{ 1e999 }}', '1e999', 'too large'],
    ['{{ 9007199254740993 }}', '9007199254740993', 'too large to be exact'],
    ['{{ 0x20000000000001 }}', '0x20000000000001', 'too large to be exact'],
    ['{{ .a == 1 }}', '==', 'unexpected "=="'],
    ['{{ .a + 1 }}', '+', 'unexpected "+"'],
    ['{{ .a && .b }}', '&&', 'unexpected "&&"'],
    ['{{ .a || .b }}', '||', 'unexpected "||"'],
    ['{{ !.a }}', '!', 'unexpected "!"'],
    ['{{ # }}', '#', 'unexpected "#"'],
    ['{{ .a-}}', '-}}', 'needs a space'],
    ['{{ .a. }}', '.', 'unexpected'],
    ['{{ ..a }}', '.a', 'unexpected'],
    ['{{ .5 }}', '.5', 'number or an item'],
    ['{{ "a"."b" }}', '.', 'unexpected'],
    ['{{ .a .b }}', '.b', 'after a value'],
    ['{{ "a""b" }}', '"b"', 'after a value'],
    ['{{ upper "a""b" }}', '"b"', 'unexpected'],
    ['{{ .a | .b }}', '.b', 'name of a function'],
    ['{{ .a | }}', '}}', 'name of a function'],
    ['{{ | upper }}', '|', 'unexpected'],
    ['{{ (.a }}', '(', 'not closed'],
    ['{{ .a) }}', ')', 'unexpected ")"'],
    ['{{ () }}', ')', 'unexpected ")"'],
    ['{{ $x }}', '$x', 'unknown variable'],
    ['{{ $x = 1 }}', '$x', 'unknown variable'],
    ['{{ $x := $x }}', '$x', 'unknown variable'],
    ['{{ $ := 1 }}', '$', "can't be set"],
    ['{{ if true }}{{ $x := 1 }}{{ end }}{{ $x }}', '$x', 'unknown variable'],
    ['{{ range $x := .a }}{{ end }}{{ $x }}', '$x', 'unknown variable'],
    ['{{ if .a }}x', 'if', 'not closed'],
    ['{{ if .a }}x{{ else }}y', 'else', 'not closed'],
    ['{{ if }}x{{ end }}', '}}', 'missing'],
    ['{{ end }}', 'end', 'without a block'],
    ['{{ else }}', 'else', 'without a block'],
    ['{{ if .a }}{{ else }}{{ else }}{{ end }}', 'else', 'second "else"'],
    ['{{ if .a }}{{ else with .b }}{{ end }}', 'with', 'after "else"'],
    ['{{ range .a }}{{ else if .b }}{{ end }}', 'if', 'after "else"'],
    ['{{ if .a }}{{ end .b }}', '.b', 'unexpected'],
    ['{{ break }}', 'break', 'outside of range'],
    ['{{ range .a }}{{ else }}{{ continue }}{{ end }}', 'continue', 'outside of range'],
    ['{{ template "x" }}', 'template', 'not supported'],
    ['{{ define "x" }}{{ end }}', 'define', 'not supported'],
    ['{{ upper if }}', 'if', 'action of its own'],
    ['{{ $a, $b := .x }}', '$a', 'unknown variable'],
    ['{{ .a, .b }}', ',', 'unexpected ","'],
  ])('Should refuse %j and underline %j', (text, piece, message) => {
    expect(parseError(text).message).toContain(message)
    expect(underlined(text)).toBe(piece)
  })

  it.each([
    ['{{ .a == 1 }}', 'write eq a b'],
    ['{{ .a - 1 }}', 'write sub a b'],
    ['{{ .5 }}', 'write 0.5'],
    ['{{ if .a }}', 'close it with {{ end }}'],
  ])('Should say what to write instead of %s', (text, hint) => {
    expect(parseError(text).hint).toContain(hint)
  })

  it('Should refuse nesting that could exhaust the stack', () => {
    const deep = (count: number): string => `{{ ${'('.repeat(count)}1${')'.repeat(count)} }}`
    expect(render(deep(100))).toBe(1)
    expect(parseError(deep(101)).message).toContain('100 levels')
    const blocks = (count: number): string =>
      '{{ if true }}'.repeat(count) + '{{ end }}'.repeat(count)
    expect(render(blocks(100))).toBe('')
    expect(parseError(blocks(101)).message).toContain('100 levels')
    expect(parseError(deep(100_000)).message).toContain('100 levels')
  })

  it('Should give plain JSON that survives a round trip', () => {
    const ir = parseTemplate(
      '{{ range $i, $x := .a }}{{ $x.b | default 1 }}{{ else }}-{{ end }}',
      place,
    )
    expect(JSON.parse(JSON.stringify(ir))).toEqual(ir)
    expect(ir.place).toBe(place)
  })

  it('Should throw nothing but syntax errors, with an offset inside the text, on any text', () => {
    const pieces = [
      '{{',
      '}}',
      '-',
      ' ',
      '.a',
      '"',
      "'",
      '`',
      '(',
      ')',
      '|',
      '$x',
      ':=',
      '=',
      ',',
      'if',
      'else',
    ]
    const more = [
      'end',
      'range',
      'with',
      'break',
      '/*',
      '*/',
      '1',
      '0x',
      '\\',
      '\n',
      'upper',
      'nil',
      '.',
      'é',
    ]
    const text = fc.oneof(
      fc
        .array(fc.constantFrom(...pieces, ...more), { maxLength: 30 })
        .map((parts) => parts.join('')),
      fc.string({ unit: 'binary' }).map((inner) => `{{${inner}}}`),
    )
    const parsesOrRefuses = (source: string): boolean => {
      try {
        const ir = parseTemplate(source, place)
        return JSON.stringify(JSON.parse(JSON.stringify(ir))) === JSON.stringify(ir)
      } catch (error) {
        if (!(error instanceof TemplateSyntaxError)) throw error
        return error.offset >= 0 && error.offset <= source.length && error.length > 0
      }
    }
    fc.assert(fc.property(text, parsesOrRefuses), { numRuns: 2_000 })
    expect(parsesOrRefuses('{{')).toBe(true)
  })
})
