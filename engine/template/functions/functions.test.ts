import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseTemplate } from '../parse/parse-template.ts'
import { place, render, renderError, scope } from '../testing/render.ts'
import { renderTemplate } from '../evaluate/evaluate.ts'
import { currentRules, type Scope, type TemplateRules } from '../evaluate/scope.ts'
import { functionTable } from '../index.ts'

const documented =
  'default coalesce ternary empty required fail eq ne lt le gt ge and or not add sub mul div mod max min round floor ceil int float64 toString toJson toPrettyJson fromJson kindOf upper lower title trim trimPrefix trimSuffix replace contains hasPrefix hasSuffix split join repeat trunc substr printf quote len index first last rest slice append concat uniq sort reverse has until seq pluck dict list get set hasKey keys values pick omit merge now date dateAdd unixEpoch sha256sum b64enc b64dec urlEncode uuidv4'.split(
    ' ',
  )

/** A value in the place of `.x`. */
/** The scope of a run that an older engine began. */
const older = (rules: Partial<TemplateRules>): Scope => ({
  ...scope,
  rules: { ...currentRules, ...rules },
})

function call(expression: string, x: unknown): unknown {
  const roots = { x: JSON.parse(JSON.stringify(x)) as string }
  return renderTemplate(parseTemplate(`{{ ${expression} }}`, place), { ...scope, roots })
}

describe('The table of functions', () => {
  it('Should hold the functions of the language, each once', () => {
    const names = functionTable.map((entry) => entry.name)
    expect(names.toSorted()).toEqual(documented.toSorted())
    expect(new Set(names).size).toBe(names.length)
  })

  it.each(
    functionTable.flatMap(({ name, examples }) =>
      examples.map(([text, result]) => [name, text, result] as const),
    ),
  )('Should keep the example of %s: %s', (_, text, result) => {
    expect(render(text)).toEqual(result)
  })

  it.each(functionTable.map((entry) => [entry.name, entry] as const))(
    'Should document %s with an example and a sentence',
    (_, { examples, doc }) => {
      expect(examples.length).toBeGreaterThan(0)
      expect(doc).toMatch(/^[A-Z].*\.$/)
    },
  )
})

describe('Functions', () => {
  it.each([
    // logic
    ['{{ default "d" false }}', 'd'],
    ['{{ default "d" (dict) }}', 'd'],
    ['{{ eq 2 1 2 3 }}', true],
    ['{{ eq (dict "a" 1 "b" 2) (dict "b" 2 "a" 1) }}', true],
    ['{{ eq nil nil }}', true],
    ['{{ eq true false }}', false],
    ['{{ lt "a" "b" }}', true],
    ['{{ and 1 2 3 }}', 3],
    ['{{ or 0 "" nil }}', null],
    // numbers
    ['{{ round (add 0.1 0.2) 1 }}', 0.3],
    ['{{ round 1.005 2 }}', 1.01],
    ['{{ round -1.005 2 }}', -1.01],
    ['{{ round 1e21 2 }}', 1e21],
    ['{{ round 0.0000001 3 }}', 0],
    ['{{ round 2.5 }}', 3],
    ['{{ div -1 2 }}', 0],
    ['{{ div 6 0.5 }}', 12],
    ['{{ mod 5.5 2 }}', 1.5],
    ['{{ mod -4 2 }}', 0],
    ['{{ mul 1e10 1e10 }}', 1e20],
    ['{{ div 9007199254740991 3 }}', 3002399751580330],
    ['{{ lt "\uff5e" "😀" }}', true],
    ['{{ sort (list "😀" "\uff5e" "a") }}', ['a', '\uff5e', '😀']],
    ['{{ keys (dict "😀" 1 "\uff5e" 2) }}', ['\uff5e', '😀']],
    ['{{ replace "" "-" "😀" }}', '-😀-'],
    ['{{ upper "straße" }}', 'STRAßE'],
    ['{{ lower "ΣΑΣ" }}', 'σασ'],
    ['{{ title "don\'t ǆ" }}', "Don'T ǅ"],
    ['{{ trim "\u0085a\ufeff" }}', 'a\ufeff'],
    ['{{ quote "\u200b\x00é" }}', '"\\u200b\\x00é"'],
    ['{{ int " -7 " }}', -7],
    ['{{ int true }}', 1],
    ['{{ int "3.9" }}', 3],
    ['{{ float64 "-.5" }}', -0.5],
    ['{{ float64 "0.1" }}', 0.1],
    ['{{ float64 " +007.50 " }}', 7.5],
    ['{{ float64 "5." }}', 5],
    ['{{ float64 "0e-400" }}', 0],
    ['{{ float64 "0.30000000000000004" }}', 0.30000000000000004],
    ['{{ float64 "9007199254740992" }}', 9007199254740992],
    ['{{ float64 "9007199254740992.0" }}', 9007199254740992],
    ['{{ float64 "1e23" }}', 1e23],
    ['{{ int "0.1234567890123456789" }}', 0],
    ['{{ int "1e-400" }}', 0],
    ['{{ max -1 }}', -1],
    // text
    ['{{ replace "" "-" "ab" }}', '-a-b-'],
    ['{{ replace "a" "$&" "a" }}', '$&'],
    ['{{ title "éa o-b it_is" }}', 'Éa O-B It_is'],
    ['{{ trimSuffix "" "ab" }}', 'ab'],
    ['{{ trunc 1 "😀b" }}', '😀'],
    ['{{ trunc 9 "ab" }}', 'ab'],
    ['{{ trunc -9 "ab" }}', 'ab'],
    ['{{ trunc 0 "ab" }}', ''],
    ['{{ substr -1 2 "abc" }}', 'ab'],
    ['{{ substr 2 1 "abc" }}', ''],
    ['{{ split "," "" }}', ['']],
    ['{{ split "," "a,,b" }}', ['a', '', 'b']],
    ['{{ join "-" (list nil "a" (list 1) true) }}', 'a-[1]-true'],
    ['{{ join "-" (list "" "") }}', '-'],
    ['{{ repeat 0 "a" }}', ''],
    ['{{ quote nil "a" }}', '"a"'],
    ['{{ quote (list 1) }}', '"[1]"'],
    ['{{ int "1e20" }}', 1e20],
    ['{{ int "9007199254740992.5" }}', 9007199254740992],
    ['{{ int "-12.5e1" }}', -125],
    // lists
    ['{{ slice (list 1 2 3) }}', [1, 2, 3]],
    ['{{ slice "abc" 3 }}', ''],
    ['{{ concat (list) }}', []],
    ['{{ uniq (list (dict "a" 1 "b" 2) (dict "b" 2 "a" 1)) }}', [{ a: 1, b: 2 }]],
    ['{{ sort (list) }}', []],
    ['{{ has (dict "a" 1) (list 1 (dict "a" 1)) }}', true],
    ['{{ has "1" (list 1) }}', false],
    ['{{ has 1 nil }}', false],
    ['{{ until 0 }}', []],
    ['{{ seq 0 }}', [1, 0]],
    ['{{ seq 0 2 }}', [0, 1, 2]],
    ['{{ seq 5 -2 1 }}', [5, 3, 1]],
    ['{{ seq 5 2 1 }}', []],
    ['{{ seq 1 0 5 }}', []],
  ])('Should give %s', (text, expected) => {
    expect(render(text)).toEqual(expected)
  })

  it.each([
    ['{{ eq 1 "1" }}', 'compare the number 1 with the text "1"'],
    ['{{ eq true 1 }}', 'compare true with the number 1'],
    ['{{ ne (list) (dict) }}', 'compare a list with an object'],
    ['{{ lt nil 1 }}', 'got null and the number 1'],
    ['{{ gt 1 "a" }}', 'two numbers or two texts'],
    ['{{ le true false }}', 'two numbers or two texts'],
    ['{{ ternary 1 2 "yes" }}', 'ternary: needs true or false'],
    ['{{ required "who is it?" nil }}', 'who is it?'],
    ['{{ required "who is it?" "" }}', 'who is it?'],
    ['{{ fail "stop here" }}', 'stop here'],
    ['{{ add 1 "2" }}', 'add: needs a number (convert with int or float64), got the text "2"'],
    ['{{ div 1 0 }}', 'div: division by zero'],
    ['{{ mod 1 0 }}', 'mod: division by zero'],
    ['{{ round 1 21 }}', '0 to 20 places'],
    ['{{ int "abc" }}', 'int: needs a number or text that holds one'],
    ['{{ int "" }}', 'int: needs a number'],
    ['{{ int nil }}', 'int: needs a number'],
    ['{{ float64 "1e999" }}', 'too large'],
    ['{{ float64 "9007199254740993" }}', 'float64: the number 9007199254740993 is too large to be'],
    [
      '{{ float64 "-9007199254740993.0" }}',
      'whole numbers go to 9007199254740991: keep it as text',
    ],
    ['{{ float64 "9007199254740993e0" }}', 'too large to be exact'],
    ['{{ float64 " +9.007199254740993e15 " }}', 'too large to be exact'],
    ['{{ float64 "1e-400" }}', 'too close to zero'],
    ['{{ float64 "0.1234567890123456789" }}', 'more digits than a number can hold'],
    ['{{ float64 (repeat 400 "9") }}', 'too large'],
    ['{{ int (repeat 400 "9") }}', 'too large'],
    ['{{ int "9007199254740993" }}', 'beyond 2^53'],
    ['{{ int "1e30" }}', '1e30 is beyond 2^53'],
    ['{{ int "9007199254740993.5" }}', 'beyond 2^53'],
    ['{{ int "-900719925474099.3e1" }}', 'beyond 2^53'],
    ['{{ add 9007199254740991 2 }}', 'the result 9007199254740993 is beyond 2^53'],
    ['{{ mul 94906267 94906267 }}', 'the result 9007199515875289 is beyond 2^53'],
    ['{{ mul 1e308 10 }}', 'mul: the result is too large for a number'],
    ['{{ fromJson `{"a":[9007199254740993]}` }}', 'fromJson: the JSON at /a/0 '],
    ['{{ fromJson `1e400` }}', 'fromJson: the JSON text '],
    ['{{ fromJson `{"a":1,"a":2}` }}', 'the key "a" is given twice'],
    ['{{ fromJson `"\\ud800"` }}', 'half of a surrogate pair'],
    ['{{ float64 (list) }}', 'float64: needs a number'],
    ['{{ upper nil }}', 'upper: needs text, got null'],
    ['{{ contains "a" (list "a") }}', 'contains: needs text, got a list'],
    ['{{ repeat -1 "a" }}', 'count of 0 or more'],
    ['{{ repeat 1.5 "a" }}', 'needs a whole number, got the number 1.5'],
    ['{{ join "," "a" }}', 'join: needs a list'],
    ['{{ len nil }}', 'len: needs a list, an object or text, got null'],
    ['{{ len 5 }}', 'len: needs a list'],
    ['{{ index (list 1) "a" }}', 'index: needs a number'],
    ['{{ index (dict) 0 }}', 'index: needs text'],
    ['{{ first "abc" }}', 'first: needs a list'],
    ['{{ slice (list 1) 0 2 }}', '0 to 2 is outside 0 to 1'],
    ['{{ slice (list 1 2) 2 1 }}', 'outside'],
    ['{{ sort (list 1 "a") }}', 'only numbers or only texts'],
    ['{{ pluck "a" 1 }}', 'pluck: needs an object'],
    ['{{ dict 1 2 }}', 'dict: needs text, got the number 1'],
    ['{{ dict "a" }}', 'dict takes alternating keys and values'],
    ['{{ get (list) "a" }}', 'get: needs an object'],
    ['{{ fromJson "{" }}', 'fromJson: the JSON text is not valid JSON'],
    ['{{ fromJson (printf "%s1%s" (repeat 501 "[") (repeat 501 "]")) }}', '500 levels'],
    ['{{ b64dec "a" }}', 'not base64'],
    ['{{ b64dec "/w==" }}', 'not base64 of UTF-8'],
  ])('Should refuse %s', (text, message) => {
    expect(renderError(text).message).toContain(message)
  })

  it.each([
    ['{{ float64 "9007199254740993.0" }}', 9007199254740992],
    ['{{ float64 "9.007199254740993e15" }}', 9007199254740992],
    ['{{ float64 "1e-400" }}', 0],
  ])('Should round in a run that an older engine began: %s', (text, expected) => {
    expect(render(text, older({ roundsText: true }))).toBe(expected)
    expect(renderError(text).message).toMatch(/exact|zero/)
  })

  it.each([
    ['{{ add 9007199254740991 1 1 }}', 'add: the result 9007199254740993 ', 9007199254740992],
    ['{{ sub -9007199254740991 1 1 }}', 'the result -9007199254740993 ', -9007199254740992],
    ['{{ mul 1e22 10 }}', 'the result 100000000000000000000000 ', 1e23],
    ['{{ div 1e20 3 }}', 'div: the result 33333333333333333333 ', 1e20 / 3],
  ])('Should refuse a result that has been rounded: %s', (text, message, rounded) => {
    expect(renderError(text).message).toContain(message)
    expect(render(text, older({ roundsLarge: true }))).toBe(rounded)
  })

  it.each([
    ['{{ div (add 9007199254740991 3) 3 }}', 3002399751580331, 3002399751580331],
    ['{{ div (add 9007199254740991 5) 4 }}', 2251799813685249, 2251799813685249],
    ['{{ round (add 9007199254740991 3) 2 }}', 9007199254740994, 9007199254740996],
    ['{{ round 123456789.12345679 10 }}', 123456789.12345679, 123456789.1234568],
  ])('Should give %s as it is', (text, exact, before) => {
    expect(render(text)).toBe(exact)
    expect(render(text, older({ roundsLarge: true }))).toBe(before)
  })

  it.each([
    ['{{ add 9007199254740991 1 2 }}', 9007199254740994],
    ['{{ sub (add 9007199254740991 1) 1 }}', 9007199254740991],
    ['{{ mul 1e20 2 }}', 2e20],
    ['{{ div 1e20 4 }}', 25e18],
    ['{{ mul 1e22 0.1 }}', 1e21],
  ])('Should give what is exact or has a fraction beyond 2^53: %s', (text, expected) => {
    expect(render(text)).toBe(expected)
    expect(render(text, older({ roundsLarge: true }))).toBe(expected)
  })

  it.each([
    ['{{ get (dict "a" nil) "a" }}', null, ''],
    ['{{ get .input "note" | kindOf }}', 'invalid', 'string'],
    ['{{ get .input "nothing" }}', '', ''],
    ['{{ index (dict "a" nil) "a" }}', null, null],
    ['{{ first (pluck "a" (dict "b" 1) (dict "a" nil)) }}', null, null],
  ])('Should tell a null from a missing key: %s', (text, expected, before) => {
    expect(render(text)).toBe(expected)
    expect(render(text, older({ hidesNull: true }))).toBe(before)
  })

  it('Should refuse the digits of a whole number in a run of whatever engine', () => {
    const text = '{{ float64 "9007199254740993" }}'
    expect(renderError(text, older({ roundsText: true })).message).toContain('beyond 2^53')
    expect(renderError(text).message).toContain('too large to be exact')
  })

  it('Should round trip text through base64 and JSON', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (x) => {
        expect(call('.x | b64enc', x)).toBe(Buffer.from(x).toString('base64'))
        expect(call('.x | b64enc | b64dec', x)).toBe(x)
        expect(call('.x | toJson | fromJson', x)).toBe(x)
        expect(decodeURIComponent(call('urlEncode .x', x) as string)).toBe(x)
      }),
    )
  })

  it('Should hash as SHA-256 does, whatever the length', () => {
    const texts = [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000].map((length) => 'é'.repeat(length))
    for (const x of texts)
      expect(call('sha256sum .x', x)).toBe(createHash('sha256').update(x).digest('hex'))
  })
})

describe('printf', () => {
  it.each([
    ['"%d" 42', '42'],
    ['"%5d|%-5d|%05d|%+d|% d" 42 42 42 42 42', '   42|42   |00042|+42| 42'],
    ['"%05d" -42', '-0042'],
    ['"%d" 9007199254740991', '9007199254740991'],
    ['"%s %v %v" "a" 1 true', 'a 1 true'],
    ['"%s %d %t" 1 1.5 "x"', '%!s(int=1) %!d(float64=1.5) %!t(string=x)'],
    ['"%d %d" 1', '1 %!d(MISSING)'],
    ['"%d" 1 "a"', '1%!(EXTRA string=a)'],
    ['"%[2]s %[1]s" "a" "b"', 'b a'],
    ['"%*d|%-*d|%.*f" 4 1 4 1 1 0.25', '   1|1   |0.2'],
    ['"%g %.3g" 1e6 1.7976931348623157e308', '1e+06 1.8e+308'],
    ['"%.2f %.0f %.0f" 0.125 0.5 1.5', '0.12 0 2'],
    ['"%5s|%-5s|%.2s" "abc" "abc" "abc"', '  abc|abc  |ab'],
    ['"%v %v %v" nil (list 1 "a") (dict "a" 1)', '<nil> [1 a] map[a:1]'],
    ['"%#v" (list 1 "a" nil)', '[]interface {}{1, "a", interface {}(nil)}'],
    ['"%q" "a\\"b"', '"a\\"b"'],
    ['"%f %.2f %.0f" 1.5 1.005 2.6', '1.500000 1.00 3'],
    [
      '"%8.2f|%-8.2f|%08.2f|%+.1f" 3.14159 3.14159 -3.14159 1.25',
      '    3.14|3.14    |-0003.14|+1.2',
    ],
    ['"%.1f" 1e22', '10000000000000000000000.0'],
    ['"%e %.2E" 1234.5 0.00012', '1.234500e+03 1.20E-04'],
    ['"%g %.3g" 0.5 3.14159', '0.5 3.14'],
    ['"%x %X %#x %x" 255 255 255 -255', 'ff FF 0xff -ff'],
    ['"%x" "hé"', '68c3a9'],
    ['"%o %b %c" 8 5 233', '10 101 é'],
    ['"%t %t" true false', 'true false'],
    ['"100%%"', '100%'],
    ['"%5t|" true', ' true|'],
    ['"%s" "%d"', '%d'],
  ])('Should format %s', (args, expected) => {
    expect(render(`{{ printf ${args} }}`)).toBe(expected)
  })

  it.each([
    ['5', 'needs text'],
    ['"%1048577s" "a"', '1 MiB'],
    ['"%v" (repeat 1048575 "a" | list 1 2)', '1 MiB'],
  ])('Should refuse %s', (args, message) => {
    expect(renderError(`{{ printf ${args} }}`).message).toContain(message)
  })
})

describe('Time', () => {
  const at = '2026-03-07T04:05:06.078Z'

  it.each([
    ['2006-01-02T15:04:05Z07:00', '2026-03-07T04:05:06Z'],
    ['2006-01-02 15:04:05.000', '2026-03-07 04:05:06.078'],
    ['05.999999', '06.078'],
    ['05.00', '06.07'],
    ['Monday, 2 January 06', 'Saturday, 7 March 26'],
    ['Mon Jan _2 15:04:05 MST 2006', 'Sat Mar  7 04:05:06 UTC 2026'],
    ['3:04PM 03:4:5 pm', '4:05AM 04:5:6 am'],
    ['1/2/2006 002 -0700 -07:00', '3/7/2026 066 +0000 +00:00'],
    ['week', 'week'],
    ['backup_2006_01_02', 'backup_2026_03_07'],
    ['__2', ' 66'],
    ['Janet Monsoon Jan2', 'Janet Monsoon Mar7'],
    ['05.000000000 05,999', '06.078000000 06,078'],
  ])('Should format by the layout %j', (layout, expected) => {
    expect(render(`{{ date "${layout}" "${at}" }}`)).toBe(expected)
  })

  it.each([
    ['{{ date "2006-01-02 15:04" "2026-01-31T23:30:00-02:00" }}', '2026-02-01 01:30'],
    ['{{ date "15:04" 0 }}', '00:00'],
    ['{{ date "2006" 1769855400 }}', '2026'],
    ['{{ dateAdd "1d" "2024-02-28" }}', '2024-02-29T00:00:00.000Z'],
    ['{{ dateAdd "500ms" "2024-02-28T00:00:00z" }}', '2024-02-28T00:00:00.500Z'],
    ['{{ unixEpoch "1969-12-31T23:59:59.5Z" }}', -1],
    ['{{ unixEpoch now }}', 1769855400],
    ['{{ date "05.000000000" "2026-01-31T10:30:01.123456789Z" }}', '01.123456789'],
    ['{{ dateAdd "1s" "2026-01-31T10:30:01.123456789Z" }}', '2026-01-31T10:30:02.123456789Z'],
    ['{{ date "2006-01-02" "2024-02-29" }}', '2024-02-29'],
    ['{{ uuidv4 }}', '6f1b2c3d-0000-4000-8000-123456789abc'],
  ])('Should give %s', (text, expected) => {
    expect(render(text)).toBe(expected)
  })

  it.each([
    ['{{ date "2006" "yesterday" }}', 'needs a time such as'],
    ['{{ date "2006" "2026-01-31T10:30:00" }}', 'needs a time such as'],
    ['{{ date "2006" "2026-13-01" }}', 'needs a time such as'],
    ['{{ date "2006" "2026-02-30" }}', 'needs a time such as'],
    ['{{ date "2006" "2026-01-31T24:00:00Z" }}', 'needs a time such as'],
    ['{{ date "2006" 1e300 }}', 'needs a time such as'],
    ['{{ dateAdd "soon" now }}', 'a duration such as'],
    ['{{ dateAdd "1h" true }}', 'needs a time such as'],
    ['{{ unixEpoch nil }}', 'needs a time such as'],
  ])('Should refuse %s', (text, message) => {
    expect(renderError(text).message).toContain(message)
  })
})
