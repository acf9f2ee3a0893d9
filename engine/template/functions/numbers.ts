import { EvaluationError } from '../evaluate/budget.ts'
import { describe } from '../evaluate/values.ts'
import { asNumber, asWhole, type TemplateFunction, type TemplateFunctions } from './function.ts'

function folding(
  name: string,
  doc: string,
  fold: (a: number, b: number) => number,
  examples: TemplateFunction['examples'],
): TemplateFunction {
  const call: TemplateFunction['call'] = (args) => args.map(asNumber).reduce(fold)
  return { name, arity: [name === 'sub' ? 2 : 1, Infinity], doc, examples, call }
}

function divisor(value: number): number {
  if (value === 0) throw new EvaluationError('division by zero')
  return value
}

/** Half away from zero, on the digits that the number shows: 1.005 at two places is 1.01. */
function roundTo(value: number, places: number): number {
  if (String(value).includes('e'))
    return Math.abs(value) < 1 ? Number(value.toFixed(places)) : value
  const shifted = Math.round(Number(`${Math.abs(value)}e${places}`))
  const rounded = Number(`${shifted}e${-places}`)
  return Number.isNaN(rounded) ? value : Math.sign(value) * rounded
}

/** Arithmetic in doubles, as JSON has it. */
export const numberFunctions: TemplateFunctions = [
  folding('add', 'The sum of all arguments.', (a, b) => a + b, [
    ['{{ add 1 2 3 }}', 6],
    ['{{ add 0.5 1 }}', 1.5],
  ]),
  folding('sub', 'The first number minus all the others.', (a, b) => a - b, [
    ['{{ sub 10 3 2 }}', 5],
  ]),
  folding('mul', 'The product of all arguments.', (a, b) => a * b, [['{{ mul 2 3 4 }}', 24]]),
  {
    name: 'div',
    arity: [2, 2],
    doc: 'The quotient a / b, without its fraction where both are whole numbers. By zero it is an error.',
    examples: [
      ['{{ div 7 2 }}', 3],
      ['{{ div -7 2 }}', -3],
      ['{{ div 7.5 2 }}', 3.75],
    ],
    call: ([a, b]) => {
      const [dividend, by] = [asNumber(a!), divisor(asNumber(b!))]
      const result = dividend / by
      return Number.isInteger(dividend) && Number.isInteger(by) ? Math.trunc(result) : result
    },
  },
  {
    name: 'mod',
    arity: [2, 2],
    doc: 'The rest of a / b, with the sign of a. By zero it is an error.',
    examples: [
      ['{{ mod 7 3 }}', 1],
      ['{{ mod -7 3 }}', -1],
    ],
    call: ([a, b]) => asNumber(a!) % divisor(asNumber(b!)),
  },
  folding('max', 'The largest of the arguments.', (a, b) => Math.max(a, b), [
    ['{{ max 1 3 2 }}', 3],
  ]),
  folding('min', 'The smallest of the arguments.', (a, b) => Math.min(a, b), [
    ['{{ min 2 1 3 }}', 1],
  ]),
  {
    name: 'round',
    arity: [1, 2],
    doc: 'A number rounded to so many decimal places (0 without), half away from zero.',
    examples: [
      ['{{ round 3.14159 2 }}', 3.14],
      ['{{ round -2.5 }}', -3],
    ],
    call: ([value, digits = 0]) => {
      const places = asWhole(digits)
      if (places < 0 || places > 20)
        throw new EvaluationError(`needs 0 to 20 places, got ${places}`)
      return roundTo(asNumber(value!), places)
    },
  },
  {
    name: 'floor',
    arity: [1, 1],
    doc: 'The nearest whole number below.',
    examples: [['{{ floor -1.5 }}', -2]],
    call: ([value]) => Math.floor(asNumber(value!)),
  },
  {
    name: 'ceil',
    arity: [1, 1],
    doc: 'The nearest whole number above.',
    examples: [['{{ ceil 1.2 }}', 2]],
    call: ([value]) => Math.ceil(asNumber(value!)),
  },
  {
    name: 'int',
    arity: [1, 1],
    doc: 'A whole number from a number (its fraction is cut off), from text that holds one, or from true (1) and false (0).',
    examples: [
      ['{{ int "42" }}', 42],
      ['{{ int 3.9 }}', 3],
      ['{{ int -3.9 }}', -3],
    ],
    call: ([value]) => Math.trunc(toNumber(value!)),
  },
  {
    name: 'float64',
    arity: [1, 1],
    doc: 'A number from a number, from text that holds one, or from true (1) and false (0).',
    examples: [
      ['{{ float64 "1.5" }}', 1.5],
      ['{{ float64 "1e3" }}', 1000],
    ],
    call: ([value]) => toNumber(value!),
  },
]

const numeric = /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\s*$/

function toNumber(value: Parameters<typeof asNumber>[0]): number {
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'number') return value
  if (typeof value === 'string' && numeric.test(value)) return Number(value)
  throw new EvaluationError(`needs a number or text that holds one, got ${describe(value)}`)
}
