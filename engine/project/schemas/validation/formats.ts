import type { Ajv, Format } from 'ajv'
import type { Meter } from './meter.ts'

/** The longest text that a format may match; a longer one does not fit it. */
export const maximumFormatLength = 8_192

/** Formats of binary data, whose check takes linear time. */
const unlimited: ReadonlySet<string> = new Set(['binary', 'byte', 'password'])

function testOf(format: Format): ((text: string) => boolean) | undefined {
  if (format instanceof RegExp) return (text) => format.test(text)
  if (typeof format === 'function') return format
  if (typeof format !== 'object' || format.type === 'number' || format.async === true)
    return undefined
  const { validate } = format
  if (validate instanceof RegExp) return (text) => validate.test(text)
  return typeof validate === 'function' ? (validate as (text: string) => boolean) : undefined
}

/** Refuses long texts before a format's expression sees them, and counts the rest by the meter. */
export function limitFormats(ajv: Ajv, meter: Meter): void {
  for (const [name, format] of Object.entries(ajv.formats)) {
    const test = format === undefined || unlimited.has(name) ? undefined : testOf(format)
    if (test === undefined) continue
    ajv.addFormat(name, {
      type: 'string',
      validate: (text: string) => {
        if (text.length > maximumFormatLength) return false
        meter.match(text)
        return test(text)
      },
    })
  }
}
