import type { Violation } from './errors.ts'

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
