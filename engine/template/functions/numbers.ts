import { explainInexactText } from '../../core/exact-number.ts'
import type { JsonValue } from '../../core/json.ts'
import { EvaluationError } from '../evaluate/budget.ts'
import type { TemplateRules } from '../evaluate/scope.ts'
import { describeValue } from '../evaluate/values.ts'
import { asNumber, asWhole, type TemplateFunction, type TemplateFunctions } from './function.ts'

/** An operation on doubles, and the same on whole numbers of any size. */
interface Operation {
  readonly onDoubles: (a: number, b: number) => number
  readonly onWhole: (a: bigint, b: bigint) => bigint
}

/**
 * Returns the result of an operation. Whole numbers give the exact result or an error, never a
 * neighbor of it; numbers with a fraction are rounded to doubles, as everywhere.
 */
function exactly(
  a: number,
  b: number,
  { onDoubles, onWhole }: Operation,
  { roundsLarge }: TemplateRules,
): number {
  const result = onDoubles(a, b)
  const isWhole = roundsLarge ? Number.isSafeInteger : Number.isInteger
  if (Number.isSafeInteger(result) || !isWhole(a) || !isWhole(b)) return result
  return Number.isFinite(result) ? requireExact(onWhole(BigInt(a), BigInt(b))) : result
}

/** @throws EvaluationError for a whole number that a double would change */
function requireExact(exact: bigint): number {
  const result = Number(exact)
  if (BigInt(result) === exact) return result
  throw new EvaluationError(
    `the result ${exact} is beyond 2^53, where whole numbers are not exact; compute it in a tool and return text`,
  )
}

function quotient(a: number, b: number, { roundsLarge }: TemplateRules): number {
  if (!Number.isInteger(a) || !Number.isInteger(b)) return a / b
  const areSafe = Number.isSafeInteger(a) && Number.isSafeInteger(b)
  return roundsLarge && !areSafe ? Math.trunc(a / b) : requireExact(BigInt(a) / BigInt(b))
}

const sum: Operation = { onDoubles: (a, b) => a + b, onWhole: (a, b) => a + b }
const difference: Operation = { onDoubles: (a, b) => a - b, onWhole: (a, b) => a - b }
const product: Operation = { onDoubles: (a, b) => a * b, onWhole: (a, b) => a * b }

function folding(
  name: string,
  doc: string,
  fold: (a: number, b: number, rules: TemplateRules) => number,
  examples: TemplateFunction['examples'],
): TemplateFunction {
  const call: TemplateFunction['call'] = (args, { rules }) =>
    args.map(asNumber).reduce((a, b) => fold(a, b, rules))
  return { name, arity: [name === 'sub' ? 2 : 1, Infinity], doc, examples, call }
}

function divisor(value: number): number {
  if (value === 0) throw new EvaluationError('division by zero')
  return value
}

/** Whether a number shows no more decimal places than these. */
function showsAtMost(value: number, places: number): boolean {
  return (String(value).split('.')[1] ?? '').length <= places
}

/** Rounds half away from zero, on the digits that the number shows: 1.005 at two places is 1.01. */
function roundTo(value: number, places: number, { roundsLarge }: TemplateRules): number {
  if (String(value).includes('e'))
    return Math.abs(value) < 1 ? Number(value.toFixed(places)) : value
  if (!roundsLarge && showsAtMost(value, places)) return value
  const shifted = Math.round(Number(`${Math.abs(value)}e${places}`))
  const rounded = Number(`${shifted}e${-places}`)
  return Number.isNaN(rounded) ? value : Math.sign(value) * rounded
}

const numeric = /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\s*$/

const decimal = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/

function toNumber(value: JsonValue, read: (text: string) => number): number {
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'number') return value
  if (typeof value === 'string' && numeric.test(value)) return read(value.trim())
  throw new EvaluationError(`needs a number or text that holds one, got ${describeValue(value)}`)
}

const tooLarge = (text: string): EvaluationError =>
  new EvaluationError(`${text} is beyond 2^53, where numbers are not exact; keep it as text`)

/** @throws EvaluationError for text whose number a double would change */
function exactNumber(text: string): number {
  const problem = explainInexactText(text)
  if (problem !== undefined) throw new EvaluationError(problem)
  return Number(text)
}

/** Returns the nearest double. @throws EvaluationError for digits alone that it would change */
function nearestNumber(text: string): number {
  const value = Number(text)
  if (!/^[+-]?\d+$/.test(text) || Number.isSafeInteger(value) || !Number.isFinite(value))
    return value
  if (BigInt(value) === BigInt(text)) return value
  throw tooLarge(text)
}

/** The whole part of a decimal number, every digit of it. */
function wholePart(text: string): bigint {
  const [, sign, whole = '', fraction = '', exponent = '0'] = decimal.exec(text)!
  const digits = whole + fraction
  const shift = Number(exponent) - fraction.length
  const size = shift < 0 ? BigInt(digits.slice(0, shift)) : BigInt(digits) * 10n ** BigInt(shift)
  return sign === '-' ? -size : size
}

/** @throws EvaluationError for text whose whole part a double would change */
function toWhole(value: JsonValue): number {
  const number = Math.trunc(toNumber(value, nearestNumber))
  if (typeof value !== 'string' || Number.isSafeInteger(number) || !Number.isFinite(number))
    return number
  if (BigInt(number) === wholePart(value.trim())) return number
  throw tooLarge(value.trim())
}

/** Arithmetic in doubles, as JSON has it. */
export const numberFunctions: TemplateFunctions = [
  folding('add', 'The sum of all arguments.', (a, b, rules) => exactly(a, b, sum, rules), [
    ['{{ add 1 2 3 }}', 6],
    ['{{ add 0.5 1 }}', 1.5],
  ]),
  folding(
    'sub',
    'The first number minus all the others.',
    (a, b, rules) => exactly(a, b, difference, rules),
    [['{{ sub 10 3 2 }}', 5]],
  ),
  folding('mul', 'The product of all arguments.', (a, b, rules) => exactly(a, b, product, rules), [
    ['{{ mul 2 3 4 }}', 24],
  ]),
  {
    name: 'div',
    arity: [2, 2],
    doc: 'The quotient a / b, without its fraction when both are whole numbers. Division by zero is an error.',
    examples: [
      ['{{ div 7 2 }}', 3],
      ['{{ div -7 2 }}', -3],
      ['{{ div 7.5 2 }}', 3.75],
    ],
    call: ([a, b], { rules }) => quotient(asNumber(a!), divisor(asNumber(b!)), rules),
  },
  {
    name: 'mod',
    arity: [2, 2],
    doc: 'The remainder of a / b, with the sign of a. Division by zero is an error.',
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
    doc: 'A number rounded to so many decimal places (default 0), half away from zero.',
    examples: [
      ['{{ round 3.14159 2 }}', 3.14],
      ['{{ round -2.5 }}', -3],
    ],
    call: ([value, digits = 0], { rules }) => {
      const places = asWhole(digits)
      if (places < 0 || places > 20)
        throw new EvaluationError(`needs 0 to 20 places, got ${places}`)
      return roundTo(asNumber(value!), places, rules)
    },
  },
  {
    name: 'floor',
    arity: [1, 1],
    doc: 'The nearest whole number that is not larger.',
    examples: [['{{ floor -1.5 }}', -2]],
    call: ([value]) => Math.floor(asNumber(value!)),
  },
  {
    name: 'ceil',
    arity: [1, 1],
    doc: 'The nearest whole number that is not smaller.',
    examples: [['{{ ceil 1.2 }}', 2]],
    call: ([value]) => Math.ceil(asNumber(value!)),
  },
  {
    name: 'int',
    arity: [1, 1],
    doc: 'A whole number from a number (without its fraction), from text that holds a number, or from true (1) and false (0).',
    examples: [
      ['{{ int "42" }}', 42],
      ['{{ int 3.9 }}', 3],
      ['{{ int -3.9 }}', -3],
    ],
    call: ([value]) => toWhole(value!),
  },
  {
    name: 'float64',
    arity: [1, 1],
    doc: 'A number from a number, from text that holds one, or from true (1) and false (0).',
    examples: [
      ['{{ float64 "1.5" }}', 1.5],
      ['{{ float64 "1e3" }}', 1000],
    ],
    call: ([value], { rules }) => toNumber(value!, rules.roundsText ? nearestNumber : exactNumber),
  },
]
