/** The most significant digits that distinguish any double from its neighbors. */
const maximumDigits = 17

/** Significant digits of a decimal literal and the power of ten of the last one. */
interface ExactDecimal {
  readonly digits: string
  readonly exponent: number
}

/**
 * Splits a JSON number into significant digits and exponent, so that equal values compare equal.
 */
function toDecimal(literal: string): ExactDecimal {
  const start = literal.startsWith('-') ? 1 : 0
  const e = Math.max(literal.indexOf('e'), literal.indexOf('E'))
  const mantissaEnd = e === -1 ? literal.length : e
  const point = literal.indexOf('.')
  const wholeEnd = point === -1 ? mantissaEnd : point
  const fraction = point === -1 ? '' : literal.slice(point + 1, mantissaEnd)
  const power = e === -1 ? 0 : Number(literal.slice(e + 1))
  const whole = literal.slice(start, wholeEnd)
  const all = whole + fraction
  let from = 0
  while (all[from] === '0') from++
  let to = all.length
  while (to > from && all[to - 1] === '0') to--
  const digits = all.slice(from, to)
  return { digits, exponent: power - fraction.length + (all.length - to) }
}

const minus = (literal: string): string => (literal.startsWith('-') ? '-' : '')

/** Reports whether a number prints as the same decimal value that the literal has. */
function survives(literal: string, value: number): boolean {
  const written = toDecimal(literal)
  const read = toDecimal(String(Math.abs(value)))
  return written.digits === read.digits && written.exponent === read.exponent
}

/** The most digits that every double of ordinary size keeps. */
const keptDigits = 15

/** The smallest double of full precision; smaller ones keep fewer digits. */
const smallestNormal = 2.2250738585072014e-308

/**
 * Reports whether a double gives the digits of the literal again, when it is asked for that many.
 */
function keepsDigits({ digits }: ExactDecimal, value: number): boolean {
  const precise = Math.abs(value).toPrecision(Math.max(1, digits.length))
  return toDecimal(precise).digits === digits
}

/** Reports whether a number has an exponent and so few digits that a double keeps them all. */
function hasFewDigits(literal: string): boolean {
  const mantissa = Math.max(literal.indexOf('e'), literal.indexOf('E'))
  return mantissa > 0 && mantissa <= keptDigits
}

function shorten(literal: string): string {
  return literal.length > 40 ? `${literal.slice(0, 37)}…` : literal
}

/**
 * Says why a number can't be held as a double without changing its value; `undefined` if it can.
 * Refused: whole numbers beyond 2^53 - 1, numbers that overflow or vanish, more digits than a
 * double has, and a last digit that it would change.
 */
function inexactness(literal: string): string | undefined {
  const value = Number(literal)
  const size = Math.abs(value)
  // The usual case ends here: few digits, neither zero nor beyond what is exact.
  const room = keptDigits + (literal.startsWith('0.') ? 2 : 1)
  const isOrdinary = size >= smallestNormal && size <= Number.MAX_SAFE_INTEGER
  if (isOrdinary && (literal.length <= room || literal === String(value))) return undefined
  if (hasFewDigits(literal) && size >= smallestNormal && size !== Infinity) return undefined
  const shown = shorten(literal)
  if (!Number.isFinite(value))
    return `the number ${shown} is too large; the largest is ${minus(literal)}1.8e308`
  const written = toDecimal(literal)
  const { digits } = written
  if (value === 0 && digits !== '')
    return `the number ${shown} is too close to zero to be told from it`
  const isPlainInteger = !/[.eE]/.test(literal)
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    if (!isPlainInteger && survives(literal, value)) return undefined
    return `the number ${shown} is too large to be exact; whole numbers go to 9007199254740991`
  }
  if (digits.length > maximumDigits && !survives(literal, value))
    return `the number ${shown} has more digits than a number can hold (17)`
  if (digits !== '' && digits.length <= maximumDigits && !keepsDigits(written, value))
    return `the number ${shown} would become ${value}`
  return undefined
}

function withAdvice(reason: string | undefined, advice: string): string | undefined {
  if (reason === undefined) return undefined
  return `${reason}${reason.includes(';') ? ':' : ';'} ${advice}`
}

/**
 * Says why a JSON number can't be held as a double without changing its value, with what to do;
 * `undefined` if it can.
 *
 * @param literal a number by JSON's grammar, such as `-1.5e3`
 * @example
 * explainInexactNumber('9007199254740993') // 'the number 9007… is too large to be exact; …'
 */
export function explainInexactNumber(literal: string): string | undefined {
  return withAdvice(inexactness(literal), 'write it as text, in quotes, where text is allowed')
}

/**
 * The same for text that a function reads as a number. It may have a plus, zeros at its start and a
 * bare point. The digits of a whole number beyond 2^53 that a double does not change are exact.
 *
 * @example explainInexactText('9007199254740992') // undefined
 */
export function explainInexactText(text: string): string | undefined {
  const literal = text.replace(/^\+/, '').replace(/^(-?)0+(?=\d)/, '$1')
  const value = Number(literal)
  const isWhole = /^-?\d+$/.test(literal) && Number.isFinite(value)
  if (isWhole && BigInt(literal) === BigInt(value)) return undefined
  return withAdvice(inexactness(literal), 'keep it as text')
}

/** Reports whether a number is a multiple of another as decimals: 19.99 is one of 0.01. */
export function isMultipleOf(value: number, divisor: number): boolean {
  if (Number.isSafeInteger(value) && Number.isSafeInteger(divisor)) return value % divisor === 0
  const [a, b] = [toDecimal(String(Math.abs(value))), toDecimal(String(Math.abs(divisor)))]
  const exponent = Math.min(a.exponent, b.exponent)
  const scale = ({ digits, exponent: own }: ExactDecimal): bigint =>
    BigInt(digits || '0') * 10n ** BigInt(own - exponent)
  const unit = scale(b)
  return unit !== 0n && scale(a) % unit === 0n
}
