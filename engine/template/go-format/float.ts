import {
  type Decimal,
  exactDecimal,
  roundDecimal,
  shortestDecimal,
  splitDouble,
} from './decimal.ts'

function withExponent({ digits, point }: Decimal, precision: number, letter: string): string {
  const exponent = digits === '' ? 0 : point - 1
  const fraction = digits.slice(1, precision + 1).padEnd(precision, '0')
  const sign = exponent < 0 ? '-' : '+'
  const power = String(Math.abs(exponent)).padStart(2, '0')
  return `${digits[0] ?? '0'}${precision > 0 ? `.${fraction}` : ''}${letter}${sign}${power}`
}

function withPoint({ digits, point }: Decimal, precision: number): string {
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0'
  const fraction = ('0'.repeat(Math.max(0, -point)) + digits.slice(Math.max(0, point))).slice(
    0,
    precision,
  )
  return precision > 0 ? `${whole}.${fraction.padEnd(precision, '0')}` : whole
}

/** `%g`: an exponent when it is under -4, or not under the precision. */
function general(value: number, precision: number | undefined, letter: string): string {
  const wanted = Math.max(1, precision ?? 1)
  const decimal =
    precision === undefined ? shortestDecimal(value) : roundDecimal(exactDecimal(value), wanted)
  const { digits, point } = decimal
  const isWhole = wanted > digits.length && digits.length >= point
  const limit = isWhole ? digits.length : wanted
  const exponent = point - 1
  if (exponent < -4 || exponent >= (precision === undefined ? 6 : limit)) {
    const shown = precision === undefined ? digits.length : Math.min(wanted, digits.length)
    return withExponent(decimal, Math.max(0, shown - 1), letter)
  }
  return withPoint(decimal, Math.max(digits.length - point, 0))
}

/** `%b`: the mantissa and a power of two, `4503599627370496p-52`. */
function binary(value: number): string {
  const { mantissa, exponent } = splitDouble(value)
  return `${mantissa}p${exponent < 0 ? '' : '+'}${exponent}`
}

/** Drops bits, rounding halves to even. */
function dropBits(mantissa: bigint, count: bigint): bigint {
  const kept = mantissa >> count
  const rest = mantissa & ((1n << count) - 1n)
  const half = 1n << (count - 1n)
  return rest > half || (rest === half && kept % 2n === 1n) ? kept + 1n : kept
}

/** `%x`: hexadecimal digits and a power of two, `0x1.8p+01`. */
function hexadecimal(value: number, precision: number | undefined): string {
  let { mantissa, exponent } = splitDouble(value)
  exponent = mantissa === 0n ? 0 : exponent + 52
  while (mantissa !== 0n && mantissa < 1n << 52n) {
    mantissa <<= 1n
    exponent--
  }
  if (precision !== undefined && precision < 13) {
    const dropped = BigInt((13 - precision) * 4)
    mantissa = dropBits(mantissa, dropped) << dropped
    if (mantissa === 1n << 53n) {
      mantissa >>= 1n
      exponent++
    }
  }
  const fraction = (mantissa & ((1n << 52n) - 1n)).toString(16).padStart(13, '0')
  const shown =
    precision === undefined
      ? fraction.replace(/0+$/, '')
      : fraction.slice(0, precision).padEnd(precision, '0')
  const power = String(Math.abs(exponent)).padStart(2, '0')
  const point = shown === '' ? '' : `.${shown}`
  return `0x${mantissa === 0n ? 0 : 1}${point}p${exponent < 0 ? '-' : '+'}${power}`
}

/**
 * Returns the text that Go's strconv.FormatFloat gives for a number that is not negative.
 * @param precision `undefined`: as many digits as the number needs (not for e and f)
 */
export function formatDouble(value: number, verb: string, precision: number | undefined): string {
  switch (verb) {
    case 'e':
    case 'E': {
      const digits = precision ?? 6
      return withExponent(roundDecimal(exactDecimal(value), digits + 1), digits, verb)
    }
    case 'f': {
      const decimal = exactDecimal(value)
      const digits = precision ?? 6
      return withPoint(roundDecimal(decimal, decimal.point + digits), digits)
    }
    case 'b':
      return binary(value)
    case 'x':
      return hexadecimal(value, precision)
    case 'X':
      return hexadecimal(value, precision).toUpperCase()
    default:
      return general(value, precision, verb === 'G' ? 'E' : 'e')
  }
}
