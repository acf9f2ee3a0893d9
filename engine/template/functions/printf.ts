import type { JsonValue } from '../../core/json.ts'
import { type Budget, EvaluationError } from '../evaluate/budget.ts'
import { describe, textInto } from '../evaluate/values.ts'
import { asNumber, asText, asWhole } from './function.ts'
import { encodeUtf8 } from './utf8.ts'

const verbs = /%([-+# 0]*)(\d*)(?:\.(\d*))?(.?)/gsu

interface Verb {
  readonly flags: string
  readonly width: number
  readonly precision: number | undefined
  readonly letter: string
}

/**
 * Text by a format as Go's fmt has it, with two differences: what does not fit is an error instead of `%!d(…)` in the
 * text, and `%s` and `%v` show a value as a template would.
 */
export function formatText(format: string, values: readonly JsonValue[], budget: Budget): string {
  let used = 0
  let length = 0
  const text = format.replaceAll(
    verbs,
    (
      whole: string,
      flags: string,
      width: string,
      precision: string | undefined,
      letter: string,
    ) => {
      if (letter === '%') return '%'
      if (used >= values.length) throw new EvaluationError(`the format has no value for "${whole}"`)
      const verb = {
        flags,
        width: Number(width),
        letter,
        precision: precision === undefined ? undefined : Number(precision),
      }
      if (verb.width > 1_000 || (verb.precision ?? 0) > 100)
        throw new EvaluationError(`"${whole}": at most 1000 wide, 100 digits`)
      const shown = pad(verb, formatValue(verb, values[used++]!, budget))
      length += shown.length
      budget.text(length, shown.length)
      return shown
    },
  )
  if (used < values.length)
    throw new EvaluationError(`the format uses ${used} of ${values.length} values`)
  budget.text(text.length)
  return text
}

/** Text of one value, its sign in front, before it is padded. */
function formatValue(verb: Verb, value: JsonValue, budget: Budget): string {
  switch (verb.letter) {
    case 's':
    case 'v':
      return cut(verb, textInto(value, budget))
    case 'q':
      return JSON.stringify(cut(verb, textInto(value, budget)))
    case 't':
      if (typeof value === 'boolean') return String(value)
      throw new EvaluationError(`%t needs true or false, got ${describe(value)}`)
    case 'd':
      return signed(verb, BigInt(asWhole(value)).toString())
    case 'x':
    case 'X': {
      const text =
        typeof value === 'string' ? hexBytes(asText(value)) : based(verb, value, 16, '0x')
      return verb.letter === 'X' ? text.toUpperCase() : text
    }
    case 'o':
      return based(verb, value, 8, '0')
    case 'b':
      return based(verb, value, 2, '0b')
    case 'c':
      return character(asWhole(value))
    case 'f':
    case 'F':
      return signed(verb, fixed(asNumber(value), verb.precision ?? 6))
    case 'e':
    case 'E': {
      const text = signed(verb, exponential(asNumber(value), verb.precision ?? 6))
      return verb.letter === 'E' ? text.toUpperCase() : text
    }
    case 'g':
    case 'G':
      return signed(verb, general(asNumber(value), verb.precision))
    default:
      throw new EvaluationError(`unknown verb "%${verb.letter}" in the format`)
  }
}

function pad({ flags, width, letter }: Verb, text: string): string {
  const missing = width - Array.from(text).length
  if (missing <= 0) return text
  if (flags.includes('-')) return text + ' '.repeat(missing)
  const sign = /^[+ -]/.test(text) ? text[0]! : ''
  const zeros = flags.includes('0') && !'svqtc'.includes(letter)
  return zeros ? sign + '0'.repeat(missing) + text.slice(sign.length) : ' '.repeat(missing) + text
}

function cut({ precision }: Verb, text: string): string {
  return precision === undefined ? text : Array.from(text).slice(0, precision).join('')
}

function signed({ flags }: Verb, text: string): string {
  if (text.startsWith('-')) return text
  return flags.includes('+') ? `+${text}` : flags.includes(' ') ? ` ${text}` : text
}

function based(verb: Verb, value: JsonValue, base: number, prefix: string): string {
  const whole = asWhole(value)
  const digits = Math.abs(whole).toString(base)
  return signed(verb, `${whole < 0 ? '-' : ''}${verb.flags.includes('#') ? prefix : ''}${digits}`)
}

function hexBytes(text: string): string {
  return Array.from(encodeUtf8(text), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function character(code: number): string {
  if (code >= 0 && code <= 0x10ffff) return String.fromCodePoint(code)
  throw new EvaluationError(`%c needs a code point, got ${code}`)
}

function fixed(value: number, digits: number): string {
  if (Math.abs(value) < 1e21) return value.toFixed(digits)
  return digits === 0 ? BigInt(value).toString() : `${BigInt(value)}.${'0'.repeat(digits)}`
}

/** Go writes at least two digits of exponent. */
function exponential(value: number, digits: number): string {
  return value.toExponential(digits).replace(/e([+-])(\d)$/, 'e$10$2')
}

function general(value: number, precision: number | undefined): string {
  if (precision === undefined) return String(value)
  return String(Number(value.toPrecision(Math.max(1, precision))))
}
