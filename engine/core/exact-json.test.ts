import { assert, jsonValue, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { maximumJsonDepth, parseExactJson, type ExactJsonOptions } from './exact-json.ts'

/** The value, or the refusal as `pointer: message`. */
function parse(text: string, options?: ExactJsonOptions): unknown {
  const parsed = parseExactJson(text, options)
  return 'value' in parsed ? parsed.value : `${parsed.refusal.pointer}: ${parsed.refusal.message}`
}

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)

describe('exact JSON', () => {
  it.each([
    ['9007199254740992', 'too large to be exact'],
    ['9007199254740993', 'too large to be exact'],
    ['-9007199254740993', 'too large to be exact'],
    ['12345678901234567890', 'too large to be exact'],
    ['9007199254740993.0', 'too large to be exact'],
    ['9007199254740993e0', 'too large to be exact'],
    ['900719925474099.3e1', 'too large to be exact'],
    ['1e400', 'too large; the largest is 1.8e308'],
    ['-1e400', 'too large; the largest is -1.8e308'],
    ['9'.repeat(400), 'too large; the largest'],
    ['1e-400', 'too close to zero'],
    ['0.1234567890123456789', 'more digits than a number can hold'],
    ['0.12345678901234567', 'would become 0.12345678901234566'],
    ['4e-324', 'would become 5e-324'],
    ['2.5e-324', 'would become 5e-324'],
    ['-1.23e-322', 'would become -1.24e-322'],
  ])('Should refuse the number %s with its place', (literal, message) => {
    expect(parse(`{"a": [0, {"b/c": ${literal}}]}`)).toMatch(/^\/a\/1\/b~1c: the number/)
    expect(parse(literal)).toContain(message)
    expect(parse(literal)).toMatch(/write it as text, in quotes, where text is allowed$/)
  })

  it.each(['-0', '-0.0', '-0e5', '-0.000E-3'])('Should take %s for 0', (literal) => {
    expect(parse(literal)).toBe(0)
    const text = `{"-0": "-0", "n": ${literal}, "l": [${literal},-0.5,${literal}]}`
    expect(parse(text)).toEqual({ '-0': '-0', n: 0, l: [0, -0.5, 0] })
  })

  it.each([
    '0',
    '9007199254740991',
    '-9007199254740991',
    '0.1',
    '0.30000000000000004',
    '0.10000000000000001',
    '19.99',
    '1e20',
    '1e300',
    '1.2345678901234567e20',
    '0.12345678901234566',
    '0.1234567890123456',
    '123456789.12345678',
    '1E+23',
    '6.02214076e23',
    '1.7976931348623157e308',
    '5e-324',
    '4.9406564584124654e-324',
    '1.2e-322',
    '2.2250738585072014e-308',
    '0e999',
    '1.000000000000000000000',
    '2.50e1',
  ])('Should keep the number %s', (literal) => {
    expect(parse(literal)).toBe(Number(literal))
    expect(parse(`{"text": "9007199254740993", "n": ${literal}}`)).toEqual({
      text: '9007199254740993',
      n: Number(literal),
    })
  })

  it.each([
    ['{"a": {"b": 1, "b": 2}}', '/a/b: the key "b" is given twice; keep one of them'],
    ['[{"b": 1, "\\u0062": 2}]', '/0/b: the key "b" is given twice; keep one of them'],
    ['{"a": "\\ud800"}', '/a: holds half of a surrogate pair'],
    ['{"a": "\\udc00\\ud800"}', '/a: holds half of a surrogate pair'],
    ['{"\\udfff": 1}', ': holds half of a surrogate pair'],
    ['"\ud800"', ': holds half of a surrogate pair'],
    ['{"a": {"__proto__": {}}}', '/a/__proto__: the key "__proto__" would change the prototype'],
    ['{"\\u005f_proto__": 1}', '/__proto__: the key "__proto__" would change the prototype'],
    [
      '{"constructor": {"prototype": {}}}',
      '/constructor/prototype: the key "prototype" would change the prototype',
    ],
    ['{"a": 1', ': is not valid JSON: '],
    ['', ': is not valid JSON: '],
    ['{"a": 01}', ': is not valid JSON: '],
    [nested(maximumJsonDepth + 1), '/0/0/0/0/0/0/0/0: is nested too deep; at most 200 levels'],
    [nested(500_000), 'is nested too deep'],
  ])('Should refuse %.60s', (text, refusal) => {
    expect(parse(text)).toContain(refusal)
  })

  it.each([
    '{"a": {"b": 1}, "b": [{"b": 2}, {"b": 3}]}',
    '{"a": "\\ud83d\\ude00", "b": "😀", "c": "\\u0000"}',
    '{"constructor": "Ferrari", "prototype": 1, "toString": null}',
    '{"a": "say \\"b\\", then \\\\", "b": "{[,:1e400"}',
    ' [ ] ',
    '[true, false, null, "", {}, []]',
    nested(maximumJsonDepth),
  ])('Should keep %.60s', (text) => {
    expect(parse(text)).toEqual(JSON.parse(text))
  })

  it('Should keep the keys of a prototype as plain data where they are allowed', () => {
    const options = { allowPrototypeKeys: true }
    const value = parse('{"__proto__": {"a": 1}, "constructor": {"prototype": 2}}', options)
    expect(Object.keys(value as object)).toEqual(['__proto__', 'constructor'])
    expect(({} as Record<string, unknown>)['a']).toBeUndefined()
  })

  it('Should take a depth of its own', () => {
    expect(parse(nested(3), { depth: 3 })).toEqual([[[]]])
    expect(parse(nested(4), { depth: 3 })).toContain('at most 3 levels')
  })

  const list = (count: number, item: (i: number) => string): string =>
    `[${Array.from({ length: count }, (_, i) => item(i)).join()}]`

  it.each([
    ['values', list(10, () => '{}'), ': has more than 10 values; send less at a time'],
    ['values of one object', `{"a":${list(9, () => '1')}}`, ': has more than 10 values'],
    ['names', list(4, (i) => `{"n${i}":1}`), '/3/n3: is one of more than 3 different names'],
    ['names in one object', '{"a":1,"b":1,"c":1,"\\u0064":1}', '/d: is one of more than 3'],
  ])('Should refuse too many %s', (_, text, refusal) => {
    expect(parse(text, { values: 10, names: 3 })).toContain(refusal)
  })

  it.each([
    ['values', list(9, () => '1')],
    ['names', list(4, (i) => `{"n${i % 3}":1}`)],
  ])('Should keep as many %s as are allowed', (_, text) => {
    expect(parse(text, { values: 10, names: 3 })).toEqual(JSON.parse(text))
  })

  it.each([3, 8, 9, 30])('Should find a key given twice among %d', (count) => {
    const keys = Array.from({ length: count }, (_, i) => `"k${i}": {"k0": 1}`)
    expect(parse(`{${keys.join()}}`)).toHaveProperty(`k${count - 1}`)
    for (const i of [0, count - 1])
      expect(parse(`[{${keys.join()}, "k${i}": 1}]`)).toBe(
        `/0/k${i}: the key "k${i}" is given twice; keep one of them`,
      )
  })

  it('Should read back whatever JSON writes', () => {
    // Doubles beyond 2^53 are written as plain digits, which are refused on purpose.
    const exact = jsonValue().filter((value) => !/\d{16}/.test(JSON.stringify(value)))
    assert(
      property(exact, (value) => {
        const text = JSON.stringify(value)
        expect(parse(text, { allowPrototypeKeys: true })).toEqual(JSON.parse(text))
      }),
    )
  })
})
