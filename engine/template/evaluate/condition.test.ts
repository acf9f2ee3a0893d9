import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonValue } from '../../core/json.ts'
import { parseCondition } from '../parse/parse-condition.ts'
import { evaluateCondition, testCondition } from './evaluate.ts'
import { place, scope as base } from '../testing/render.ts'
import { TemplateSyntaxError } from '../parse/problem.ts'
import { currentRules } from './scope.ts'
import { TemplateError } from './template-error.ts'

const scope = {
  ...base,
  roots: {
    ...base.roots,
    data: JSON.parse(
      '{"$typeName": "google.protobuf.Any", "constructor": null, "__proto__": {"a": 1}}',
    ) as JsonValue,
    pattern: '(',
    day: '2026-02-30T00:00:00Z',
    large: 2 ** 53,
    numbers: Array.from({ length: 1_000 }, (_, index) => index),
  },
}

function value(source: string): JsonValue {
  return evaluateCondition(parseCondition(source, place), scope)
}

function error(
  source: string,
  evaluate: typeof testCondition | typeof evaluateCondition = evaluateCondition,
): TemplateError {
  const condition = parseCondition(source, place)
  try {
    evaluate(condition, scope)
  } catch (thrown) {
    if (thrown instanceof TemplateError) return thrown
    throw thrown
  }
  throw new Error(`"${source}" gave a value`)
}

describe('Conditions', () => {
  it.each([
    ['{{ gt .input.total 100 }}', true],
    ['{{ eq .input.customer "Bob" }}', false],
    ['input.total > 100 && input.customer == "Ada"', true],
    ['input.total > 100.0', true],
    ['input.count == 3', true],
    ['input.count == 3.0', true],
    ['input.count != 3', false],
    ['input.count in [1, 2, 3]', true],
    ['input.vip', true],
    ['!input.vip', false],
    ['input.note == null', true],
    ['has(input.note)', true],
    ['has(input.nothing)', false],
    ['"note" in input', true],
    ['"nothing" in input', false],
    ['tasks["check-stock"].output.left == 7', true],
    ['tasks.price.status == "skipped"', true],
    ['tasks.price.output == null', true],
    ['input.tags.exists(t, t == "b")', true],
    ['input.lines.all(l, l.price > 15)', false],
    ['input.lines.filter(l, l.price > 15).size() == 1', true],
    ['input.lines.map(l, l.sku) == ["x", "y"]', true],
    ['input.tags == ["a", "b", "c"]', true],
    ['input.address == {"zip": "12345", "street": "Main"}', true],
    ['size(input.tags) == 3', true],
    ['input.customer.startsWith("A") && input.customer.matches("^[A-Z][a-z]+$")', true],
    ['int(input.count) % 2 == 1', true],
    ['input.count + 1.0 == 4.0', true],
    ['input.count % 2 == 1', true],
    ['input.count + 1 > 3', true],
    ['1 + input.count == 4', true],
    ['input.count * 2 == 6', true],
    ['input.count / 2 == 1.5', true],
    ['input.count - 1 == size(input.tags) - 1', true],
    ['size(input.tags) + input.count == 6', true],
    ['input.count % input.lines[0].price == 3', true],
    ['-input.count + 3 == 0', true],
    ['input.total + 1 == 121.5', true],
    ['input.count == 3u && input.count < 4u', true],
    ['input.count > 2 // the comment ends with the text', true],
    ['input.count > 2 // a comment\n && input.vip', true],
    ['"a // b" == "a // b"', true],
    ['bytes("é") == b"é" && size(bytes("é")) == 2', true],
    ['string(bytes("é")) == "é"', true],
    ['size("😀a") == 2 && "😀a".size() == 2', true],
    ['timestamp("2024-02-29T00:00:00Z").getDate() == 29', true],
    ['timestamp("2026-01-01T00:30:00Z").getDate("Europe/Lisbon") == 1', true],
    ['timestamp("2026-01-01T00:30:00Z").getDayOfWeek("Europe/Lisbon") == 4', true],
    ['timestamp("2026-01-01T00:30:00Z").getFullYear("America/New_York") == 2025', true],
    ['timestamp("2026-01-01T04:30:05.250Z").getHours("America/New_York") == 23', true],
    ['timestamp("2026-03-29T01:30:00Z").getHours("Europe/Lisbon") == 2', true],
    // 02:00 becomes 03:00: no time between the two is ever shown.
    ['timestamp("2026-03-29T00:59:59Z").getHours("Europe/Berlin") == 1', true],
    ['timestamp("2026-03-29T01:00:00Z").getHours("Europe/Berlin") == 3', true],
    ['timestamp("2026-03-29T02:30:00+01:00").getHours("Europe/Berlin") == 3', true],
    // 02:00 becomes 01:00: an hour is shown twice, and the instants still differ.
    ['timestamp("2026-11-01T05:30:00Z").getHours("America/New_York") == 1', true],
    ['timestamp("2026-11-01T06:30:00Z").getHours("America/New_York") == 1', true],
    ['timestamp("2026-11-01T05:30:00Z") < timestamp("2026-11-01T06:30:00Z")', true],
    ['timestamp("2026-11-01T07:00:00Z").getHours("America/New_York") == 2', true],
    // Half an hour: 02:00 becomes 02:30 in October, 01:30 in April.
    ['timestamp("2026-10-03T15:29:00Z").getMinutes("Australia/Lord_Howe") == 59', true],
    ['timestamp("2026-10-03T15:30:00Z").getMinutes("Australia/Lord_Howe") == 30', true],
    ['timestamp("2026-10-03T15:30:00Z").getHours("Australia/Lord_Howe") == 2', true],
    ['timestamp("2026-04-04T14:45:00Z").getMinutes("Australia/Lord_Howe") == 45', true],
    ['timestamp("2026-04-04T15:15:00Z").getMinutes("Australia/Lord_Howe") == 45', true],
    ['timestamp("2026-04-04T15:15:00Z").getHours("Australia/Lord_Howe") == 1', true],
    // The day of the change has 23 hours; a duration counts hours, not days.
    [
      'timestamp("2026-03-28T12:00:00Z") + duration("24h") == timestamp("2026-03-29T12:00:00Z")',
      true,
    ],
    ['(timestamp("2026-03-28T12:00:00Z") + duration("24h")).getHours("Europe/Berlin") == 14', true],
    ['timestamp("2026-03-28T12:00:00Z").getHours("Europe/Berlin") == 13', true],
    ['timestamp("2026-03-29T22:30:00Z").getDate("Europe/Berlin") == 30', true],
    ['timestamp("2026-03-29T22:30:00Z").getDayOfWeek("Europe/Berlin") == 1', true],
    ['timestamp("2026-10-25T01:30:00Z").getHours("Europe/Lisbon") == 1', true],
    ['timestamp("2026-01-01T00:00:00.250Z").getMilliseconds("Asia/Kathmandu") == 250', true],
    ['timestamp("1800-01-01T00:00:00Z").getFullYear("Asia/Kathmandu") == 1800', true],
    ['"😀" > "\\uffff" && "\\uffff" < "😀" && "a" <= "a" && "b" >= "a"', true],
    ['"\\uffff" > "😀"', false],
    ['numbers.map(n, n * 2).filter(n, n % 4 == 0).size() == 500', true],
    ['([1, 2] + [3]).map(n, n + 1) == [2, 3, 4]', true],
    ['timestamp("2026-01-31T00:00:00Z") < timestamp("2026-02-01T00:00:00Z")', true],
    ['data.constructor == null', true],
    ['"toString" in data', false],
    ['{{ gt .input.total 100 }}\n', true],
    ['{{/* a comment */}}\n{{ gt .input.total 100 }}\r\n\n', true],
  ])('Should hold or not: %s', (source, expected) => {
    expect(testCondition(parseCondition(source, place), scope)).toBe(expected)
  })

  it.each([
    ['input.customer', 'Ada'],
    ['input.total > 100 ? "high" : "low"', 'high'],
    ['size(input.tags)', 3],
    ['double("0.1")', 0.1],
    ['double("+.5e1")', 5],
    ['double("9007199254740992")', 9007199254740992],
    ['double(9007199254740992)', 9007199254740992],
    ['double(8u)', 8],
    ['string(int("9007199254740993"))', '9007199254740993'],
    ['9007199254740993 > 9007199254740992', true],
    ['3u', 3],
    ['input.lines.map(l, l.price * 2.0)', [20, 40]],
    ['input', base.roots['input']],
    ['{"a": [1, null], 2: true}', { a: [1, null], 2: true }],
    ['{{ .input.count }}', 3],
    ['{{ .input.customer }}-x', 'Ada-x'],
    ['{{ .input.customer }}\n', 'Ada'],
    ['{{ .input.customer }}-x\n', 'Ada-x'],
    ['{{ .input.customer }} ', 'Ada '],
    ['a\n{{ .input.customer }}', 'a\nAda'],
    ['{{ .input.customer }}\n{{ "x" }}', 'Ada\nx'],
    ['\n {{ "" }}\n', ''],
    ['data["__proto__"].a', 1],
  ])('Should give a value of any kind to a router: %s', (source, expected) => {
    expect(value(source)).toEqual(expected)
  })

  it.each([
    ['input.count', 'a condition must give true or false, not the number 3'],
    ['{{ .input.customer }}', 'a condition must give true or false, not the text "Ada"'],
    ['{{ .input.vip }} ', 'not the text "true "'],
    ['null', 'not null'],
  ])('Should refuse a value that is not a boolean: %s', (source, message) => {
    expect(error(source, testCondition)).toMatchObject({
      message: expect.stringContaining(message),
      place,
    })
  })

  it.each([
    ['input.custmer == "a"', 'input.custmer', 'did you mean "customer"?'],
    ['input.nothing.further == "a"', 'input.nothing', 'is missing'],
    ['tasks["check-stok"].output', 'tasks["check-stok"]', 'did you mean "check-stock"?'],
    ['tasks.price.output.total > 1', 'tasks.price.output.total', 'null has no keys'],
    ['input.tags[9] == "a"', 'input.tags[9]', 'the list has 3 items'],
    ['inptu.count == 1', 'inptu', 'did you mean "input"?'],
    ['output == 1', 'output', 'is missing'],
    ['input.lines.exists(l, l.colour == "red")', 'l.colour', 'l.colour is missing'],
    ['input.lines.exists(input, input.colour == "red")', 'input.colour', 'input.colour is missing'],
    ['input.constructor == null', 'input.constructor', 'is missing'],
    ['input.__proto__ == null', 'input.__proto__', 'is missing'],
  ])('Should name what is missing in %s', (source, path, message) => {
    const thrown = error(source)
    expect(thrown).toMatchObject({ name: 'TemplateError', place, path })
    expect(thrown.message).toContain(message)
  })

  it.each([
    ['input.total % 2 == 1', '% needs whole numbers, got 120.5; write int(x)'],
    ['input.count % 0 == 1', '% by zero'],
    ['input.count / 0 == 1', 'division by zero'],
    ['input.count * 1e308 * 10 > 1', 'too large for a number'],
    ['input.count + 9007199254740990 > 1', 'beyond 2^53'],
    ['int("9007199254740993")', 'beyond 2^53'],
    ['timestamp(day) > timestamp("2026-01-01T00:00:00Z")', 'needs a time that exists'],
    ['input.customer.matches(pattern)', 'matches: '],
    [
      'timestamp("2026-01-01T00:00:00Z").getHours("Mars/X") > 1',
      'getHours: unknown time zone "Mars/X"',
    ],
    ['input.customer + 1 == "a"', '+ does not work on (string, int); convert'],
    ['[1, 2][5] == 1', 'index 5 is out of bounds'],
    ['input.count && true', 'expected bool'],
    ['1 / 0 == 1', 'divide by zero'],
    ['double("x")', 'double() needs a number, got "x"'],
    ['int("")', 'int() needs a whole number, got ""'],
    ['int("0x10")', 'int() needs a whole number'],
    ['double("1e999")', 'the number 1e999 is too large'],
    ['double("9007199254740993.0") > 1.0', 'double(): the number 9007199254740993.0 is too large'],
    ['double("9007199254740993") > 1.0', 'too large to be exact'],
    ['double("1e-400") == 0.0', 'too close to zero'],
    ['double(9007199254740993) > 1.0', '9007199254740993 is beyond 2^53'],
    ['double(9007199254740993u) > 1.0', '9007199254740993 is beyond 2^53'],
    ['input.total + 9007199254740993 > 1', '9007199254740993 is beyond 2^53'],
    ['timestamp("2026-01-31T00:00:00Z")', 'convert it with string(x)'],
    ['b"abc"', 'convert it with string(x)'],
    ['numbers.all(a, numbers.all(b, a + b >= 0.0))', 'steps'],
    ['numbers.exists(a, numbers.exists(b, a + b < 0.0) || a == 999)', 'steps'],
    ['numbers.map(a, numbers.map(b, numbers)).size() > 0', 'steps'],
  ])('Should explain the failure of %s', (source, message) => {
    expect(error(source)).toMatchObject({ message: expect.stringContaining(message), place })
  })

  it.each([
    ['double("9007199254740993.0")', 9007199254740992],
    ['double("1e-400")', 0],
    ['double(9007199254740993)', 9007199254740992],
    ['input.zero + 9007199254740993', 9007199254740992],
  ])('Should round %s in a run that an older engine began', (source, expected) => {
    const older = { ...scope, rules: { ...currentRules, roundsText: true } }
    expect(evaluateCondition(parseCondition(source, place), older)).toBe(expected)
    expect(error(source).message).toMatch(/exact|zero/)
  })

  it.each([
    ['large + 1', '9007199254740993', 9007199254740992],
    ['-1 - large', '-9007199254740993', -9007199254740992],
    ['(large + 2) * 3', '27021597764222982', 27021597764222984],
    ['large * 3 % 13510798882111489', '13510798882111487', 13510798882111488],
  ])('Should refuse the rounded result of %s', (source, message, rounded) => {
    const older = { ...scope, rules: { ...currentRules, roundsLarge: true } }
    expect(evaluateCondition(parseCondition(source, place), older)).toBe(rounded)
    expect(error(source).message).toContain(message)
  })

  it.each([
    ['large + 2', 9007199254740994],
    ['large - 1', 9007199254740991],
    ['large * 0.1', 2 ** 53 * 0.1],
    ['large / 3', 3002399751580330.5],
    ['large % 9007199254740993', 9007199254740992],
  ])('Should give the exact result of %s', (source, expected) => {
    expect(value(source)).toBe(expected)
  })

  it.each([
    ['a ==', 2, 'unexpected "=="', 'a condition is a CEL expression'],
    ['a = 1', 2, 'unexpected "="', 'write =='],
    ['', 0, 'ends too early', 'a condition is a CEL expression'],
    ['a && ) b', 2, 'unexpected "&&"', 'a condition is a CEL expression'],
    ['"\\ud800" == a', 0, 'not a CEL expression', 'a condition is a CEL expression'],
    [`${'('.repeat(101)}a${')'.repeat(101)}`, 100, '100 levels', undefined],
    [`${' '.repeat(10_000)}a`, 0, 'at most 10000 are allowed', undefined],
    ['input.a /* why */ == 1', 8, 'unexpected "/*"', 'a comment in CEL is //'],
    ['{{ .a', 0, 'not closed', undefined],
  ])('Should refuse %.80j at %i', (source, offset, message, hint) => {
    let thrown: unknown
    try {
      parseCondition(source, place)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(TemplateSyntaxError)
    expect(thrown).toMatchObject({ offset, message: expect.stringContaining(message) })
    expect(String((thrown as TemplateSyntaxError).hint)).toContain(String(hint))
  })

  it('Should throw nothing but its own errors on any text', () => {
    const pieces = [
      'input',
      'tasks',
      '.',
      '[',
      ']',
      '(',
      ')',
      '{',
      '}',
      '"a"',
      '1',
      '1.0',
      ' ',
      '+',
      '-',
      '==',
      '&&',
    ]
    const more = [
      '||',
      '!',
      '?',
      ':',
      ',',
      'x',
      'exists',
      'map',
      'has',
      'size',
      'in',
      'null',
      'b"',
      "'",
      '\\',
      '@',
      'int',
    ]
    const settles = (source: string): boolean => {
      try {
        const condition = parseCondition(source, place)
        return JSON.stringify(evaluateCondition(condition, scope)) !== undefined
      } catch (thrown) {
        return thrown instanceof TemplateSyntaxError || thrown instanceof TemplateError
      }
    }
    const text = fc
      .array(fc.constantFrom(...pieces, ...more), { maxLength: 20 })
      .map((parts) => parts.join(''))
    fc.assert(fc.property(fc.oneof(text, fc.string({ unit: 'binary' })), settles), {
      numRuns: 1_000,
    })
    expect(settles('input')).toBe(true)
  })

  it('Should keep parsed conditions in the cache that it is given', () => {
    const cache = new Map()
    const condition = parseCondition('item.price > 15', place)
    const kept = (price: number): boolean =>
      testCondition(condition, { ...base, roots: { item: { price } } }, cache)
    expect([10, 20, 30].map(kept)).toEqual([false, true, true])
    expect([...cache.keys()]).toEqual(['item.price > 15'])
  })

  it('Should read a timestamp the same in every time zone of the machine', () => {
    const source = 'timestamp("2026-03-08T02:30:05.678Z")'
    const methods = ['FullYear', 'Month', 'Date', 'DayOfMonth', 'DayOfWeek', 'DayOfYear']
    const clocks = ['Hours', 'Minutes', 'Seconds', 'Milliseconds']
    const read = (zone: string): JsonValue[] =>
      [...methods, ...clocks].map((name) => value(`${source}.get${name}(${zone})`))
    const { TZ } = process.env
    try {
      process.env['TZ'] = 'America/New_York'
      expect(read('')).toEqual([2026, 2, 8, 7, 0, 66, 2, 30, 5, 678])
      expect(read('"+05:30"')).toEqual([2026, 2, 8, 7, 0, 66, 8, 0, 5, 678])
      expect(read('"-03:00"').slice(0, 7)).toEqual([2026, 2, 7, 6, 6, 65, 23])
    } finally {
      if (TZ === undefined) delete process.env['TZ']
      else process.env['TZ'] = TZ
    }
  })

  it('Should take time that grows with the text alone for a regular expression', () => {
    const roots = { text: `${'a'.repeat(5_000)}!` }
    expect(
      testCondition(parseCondition('text.matches("^(a+)+$")', place), { ...base, roots }),
    ).toBe(false)
  })

  it('Should read no root that is not named', () => {
    const read: string[] = []
    const roots = {
      get input() {
        read.push('input')
        return 1
      },
      get tasks() {
        read.push('tasks')
        return 2
      },
    }
    expect(testCondition(parseCondition('input == 1', place), { ...base, roots })).toBe(true)
    expect(read).toEqual(['input'])
  })
})
