import { quoteGo } from './quote.ts'
import { pad, padNumber, type VerbOptions } from './verb.ts'

const bases: Readonly<Record<string, number>> = {
  b: 2,
  o: 8,
  O: 8,
  d: 10,
  v: 10,
  x: 16,
  X: 16,
}

const highestCodePoint = 0x10ffff

/** Go's replacement for an invalid code point. */
function characterOf(value: number): string {
  const isCharacter =
    value >= 0 && value <= highestCodePoint && !(value >= 0xd800 && value <= 0xdfff)
  return isCharacter ? String.fromCodePoint(value) : '\ufffd'
}

function prefixOf(verb: string, digits: string, sharp: boolean): string {
  const octal = sharp && !digits.startsWith('0') ? '0' : ''
  if (verb === 'O') return `0o${octal}`
  if (verb === 'o') return octal
  if (!sharp) return ''
  return { b: '0b', x: '0x', X: '0X' }[verb] ?? ''
}

function signOf(value: number, { plus, space }: VerbOptions): string {
  if (value < 0) return '-'
  if (plus) return '+'
  return space ? ' ' : ''
}

/** How many digits a whole number shows at least: its precision, or its width under the flag 0. */
function digitsWanted(sign: string, { precision, zero, minus, width }: VerbOptions): number {
  if (precision !== undefined) return precision
  if (!zero || minus || width === undefined) return 0
  return sign === '' ? width : width - 1
}

function inBase(value: number, verb: string, options: VerbOptions): string {
  if (options.precision === 0 && value === 0) return ' '.repeat(options.width ?? 0)
  const sign = signOf(value, options)
  const digits = BigInt(Math.abs(value))
    .toString(bases[verb])
    .padStart(digitsWanted(sign, options), '0')
  const cased = verb === 'X' ? digits.toUpperCase() : digits
  return padNumber(sign + prefixOf(verb, digits, options.sharp) + cased, options)
}

function unicode(value: number, options: VerbOptions): string {
  const code = value < 0 ? BigInt.asUintN(64, BigInt(value)) : BigInt(value)
  const digits = code
    .toString(16)
    .toUpperCase()
    .padStart(Math.max(4, options.precision ?? 4), '0')
  const shown = options.sharp && code <= highestCodePoint ? characterOf(value) : ''
  const isPrintable = shown !== '' && quoteGo(shown, '"').length === shown.length + 2
  return padNumber(`U+${digits}${isPrintable ? ` '${shown}'` : ''}`, options)
}

/** Returns a whole number by a verb of Go's integers, `undefined` for any other verb. */
export function formatInteger(
  value: number,
  verb: string,
  options: VerbOptions,
): string | undefined {
  if (Object.hasOwn(bases, verb)) return inBase(value, verb, options)
  switch (verb) {
    case 'c':
      return pad(characterOf(value), options)
    case 'q':
      return pad(quoteGo(characterOf(value), "'", options.plus), options)
    case 'U':
      return unicode(value, options)
    default:
      return undefined
  }
}
