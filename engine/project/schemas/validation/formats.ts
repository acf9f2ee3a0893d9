import { fullFormats } from 'ajv-formats/dist/formats.js'
import type { Meter } from './meter.ts'

/** The longest text that a format may match; a longer one does not fit it. */
const maximumFormatLength = 8_192

/** Tells whether a value has a format, and counts the work. */
export type FormatCheck<T> = (value: T, meter: Meter) => boolean

type Test<T> = (value: T) => boolean

/** Formats of binary data, whose check takes linear time. */
const unlimited: ReadonlySet<string> = new Set(['binary', 'byte', 'password'])

const strings = new Map<string, FormatCheck<string>>()
const numbers = new Map<string, FormatCheck<number>>()

/** Refuses long texts before a format's expression sees them. */
const limited =
  (test: Test<string>): FormatCheck<string> =>
  (text, meter) => {
    if (text.length > maximumFormatLength) return false
    meter.match(text)
    return test(text)
  }

const testOf = (check: unknown): Test<string> | undefined => {
  if (check instanceof RegExp) return (text) => check.test(text)
  return typeof check === 'function' ? (check as Test<string>) : undefined
}

for (const [name, format] of Object.entries(fullFormats)) {
  const isDefinition = typeof format === 'object' && !(format instanceof RegExp)
  if (isDefinition && format.type === 'number') {
    numbers.set(name, format.validate as Test<number>)
    continue
  }
  const test = testOf(isDefinition ? format.validate : format)
  if (test !== undefined) strings.set(name, unlimited.has(name) ? test : limited(test))
}

/** Returns the formats of texts or of numbers, by name. */
export function formatChecks(type: 'string' | 'number'): ReadonlyMap<string, FormatCheck<never>> {
  return type === 'string' ? strings : numbers
}
