import { parseTimestamp } from '../functions/timestamp.ts'

/**
 * Returns what is wrong with the text of a `timestamp()`. The library takes 30 February for 2
 * March.
 */
export function timestampProblem(text: string): string | undefined {
  if (text.length > 10 && parseTimestamp(text) !== undefined) return undefined
  return `timestamp() needs a time that exists, such as "2026-01-31T10:30:00Z", got ${JSON.stringify(text.slice(0, 40))}`
}
