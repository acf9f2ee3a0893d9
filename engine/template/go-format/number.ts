import { formatDouble } from './float.ts'
import { formatInteger } from './integer.ts'
import { pad, type VerbOptions } from './verb.ts'

/** Go's type of a JSON number: `int` for a whole number that a double holds exactly. */
export function numberType(value: number): 'int' | 'float64' {
  return Number.isSafeInteger(value) ? 'int' : 'float64'
}

/** How many digits the flag # keeps, trailing zeros included. */
function sharpDigits(verb: string, precision: number | undefined): number {
  return 'vgGx'.includes(verb) ? (precision ?? 6) : 0
}

/** The flag #: a decimal point always, and the trailing zeros of %g. */
function withPointAndZeros(text: string, verb: string, precision: number | undefined): string {
  const cut = text.search(verb === 'x' || verb === 'X' ? /[pP]/ : /[eEpP]/)
  const number = cut === -1 ? text : text.slice(0, cut)
  const tail = cut === -1 ? '' : text.slice(cut)
  const significant = number.replace('.', '').replace(/^0+/, '').length
  const isZero = number === '0'
  const missing = sharpDigits(verb, precision) - (isZero ? 1 : significant)
  const point = number.includes('.') ? '' : '.'
  return number + point + '0'.repeat(Math.max(0, missing)) + tail
}

function positiveSign(plus: boolean, space: boolean): string {
  if (plus) return '+'
  return space ? ' ' : ''
}

function formatFloat(value: number, verb: string, options: VerbOptions): string {
  const { plus, space, zero, minus, width = 0, sharp, precision } = options
  const letter = { v: 'g', F: 'f' }[verb] ?? verb
  const plain = formatDouble(Math.abs(value), letter, precision)
  const text = sharp && verb !== 'b' ? withPointAndZeros(plain, letter, precision) : plain
  const sign = value < 0 ? '-' : positiveSign(plus, space)
  const missing = width - sign.length - text.length
  if (sign !== '' && zero && !minus && missing > 0) return sign + '0'.repeat(missing) + text
  return pad(sign + text, options)
}

const floatVerbs = 'vbgGxXfFeE'

/**
 * Returns a number by a verb, `undefined` for a verb that has no meaning for it. A whole number
 * takes Go's verbs of both int and float64; any other one those of float64.
 */
export function formatNumber(
  value: number,
  verb: string,
  options: VerbOptions,
): string | undefined {
  const asInteger = numberType(value) === 'int' ? formatInteger(value, verb, options) : undefined
  if (asInteger !== undefined) return asInteger
  return floatVerbs.includes(verb) ? formatFloat(value, verb, options) : undefined
}
