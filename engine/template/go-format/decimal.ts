/** The decimal digits of a positive number: 0.d1d2d3… times ten to the power of `point`. */
export interface Decimal {
  readonly digits: string
  readonly point: number
}

const mantissaBits = 52
const exponentBias = 1075

/** Splits a positive double into whole mantissa and power of two. */
export function splitDouble(value: number): { mantissa: bigint; exponent: number } {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  const bits = view.getBigUint64(0)
  const biased = Number((bits >> 52n) & 0x7ffn)
  const fraction = bits & 0xfffffffffffffn
  return biased === 0
    ? { mantissa: fraction, exponent: 1 - exponentBias }
    : { mantissa: fraction | (1n << BigInt(mantissaBits)), exponent: biased - exponentBias }
}

function trimmed(digits: string, point: number): Decimal {
  return { digits: digits.replace(/0+$/, ''), point }
}

/** Returns every digit of a number that is not negative. */
export function exactDecimal(value: number): Decimal {
  if (value === 0) return { digits: '', point: 0 }
  const { mantissa, exponent } = splitDouble(value)
  if (exponent >= 0) {
    const whole = (mantissa << BigInt(exponent)).toString()
    return trimmed(whole, whole.length)
  }
  const scaled = (mantissa * 5n ** BigInt(-exponent)).toString()
  return trimmed(scaled, scaled.length + exponent)
}

/** Returns the fewest digits that read back as the same number. */
export function shortestDecimal(value: number): Decimal {
  if (value === 0) return { digits: '', point: 0 }
  const [digits = '', exponent = '0'] = value.toExponential().split('e')
  return { digits: digits.replace('.', ''), point: Number(exponent) + 1 }
}

/** Rounds to so many digits, halves to the even digit. */
export function roundDecimal({ digits, point }: Decimal, count: number): Decimal {
  if (count >= digits.length) return { digits, point }
  if (count < 0) return { digits: '', point: 0 }
  const before = digits.slice(0, count)
  const rest = digits.slice(count)
  const isOdd = count > 0 && Number(before.at(-1)) % 2 === 1
  const roundsUp = rest === '5' ? isOdd : rest[0]! >= '5'
  if (!roundsUp) return trimmed(before, point)
  const raised = (BigInt(before === '' ? '0' : before) + 1n).toString().padStart(count, '0')
  return trimmed(raised, point + raised.length - count)
}
