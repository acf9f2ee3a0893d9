import { CompozyError } from '../../core/errors.ts'
import type { Page } from '../../executions.ts'

/** Returns a page of a list in memory; the cursor is the position of the next entry. */
export function pageOfList<T>(
  items: readonly T[],
  query: { limit: number; cursor?: string | undefined },
): Page<T> {
  const position =
    query.cursor === undefined ? '0' : Buffer.from(query.cursor, 'base64url').toString()
  if (!/^\d{1,9}$/.test(position)) {
    throw new CompozyError('input_invalid', 'invalid cursor; use next_cursor of the page before')
  }
  const from = Number(position)
  const end = from + query.limit
  const next = end < items.length ? Buffer.from(String(end)).toString('base64url') : null
  return { items: items.slice(from, end), next_cursor: next }
}
