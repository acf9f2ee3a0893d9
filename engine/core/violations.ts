import type { Violation } from './errors.ts'
import { isJsonObject, type JsonValue } from './json.ts'
import { valueAtPointer } from './json-pointer.ts'
import { quoteShort } from './quote.ts'

/** Violations that a message repeats; the rest are only counted. */
const summarized = 3

/**
 * Summarizes violations for a message: the first three, then how many more there are.
 *
 * @param whole name of the value as a whole, for violations without a pointer
 */
export function summarizeViolations(
  violations: readonly Violation[],
  whole: string,
  separator = ' ',
): string {
  const shown = violations
    .slice(0, summarized)
    .map(({ pointer, message }) => `${pointer === '' ? whole : pointer}${separator}${message}`)
  const more = violations.length - shown.length
  return shown.join('; ') + (more > 0 ? `; and ${more} more` : '')
}

/** Names what was found: a scalar by its value, the rest by its kind. */
function nameFound(value: JsonValue, clean: (text: string) => string): string {
  if (typeof value === 'string') return quoteShort(clean(value))
  if (Array.isArray(value)) return 'a list'
  return isJsonObject(value) ? 'an object' : JSON.stringify(value)
}

/**
 * Adds the value that was found to each violation of what it must be, such as
 * `must be integer, got "many"`.
 *
 * @param clean removes what no message may repeat, before a long text is cut
 */
export function withFoundValues(
  violations: readonly Violation[],
  whole: JsonValue,
  clean: (text: string) => string = (text) => text,
): Violation[] {
  return violations.map(({ pointer, message }) => {
    const value = message.startsWith('must ') ? valueAtPointer(whole, pointer) : undefined
    const isCounted = typeof value === 'object' && value !== null && !message.startsWith('must be ')
    if (value === undefined || isCounted) return { pointer, message }
    return { pointer, message: `${message}, got ${nameFound(value, clean)}` }
  })
}
