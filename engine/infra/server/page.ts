import { CompozyError } from '../../core/errors.ts'
import type { Page } from '../../executions.ts'

/** A page of a list that is whole in memory; the cursor is the position of the next entry. */
export function pageOfList<T>(
  items: readonly T[],
  query: { limit: number; cursor?: string | undefined },
): Page<T> {
  const given = query.cursor === undefined ? '0' : Buffer.from(query.cursor, 'base64url').toString()
  if (!/^\d{1,9}$/.test(given))
    throw new CompozyError('input_invalid', 'cursor is not one that a list gave')
  const from = Number(given)
  const end = from + query.limit
  const next = end < items.length ? Buffer.from(String(end)).toString('base64url') : null
  return { items: items.slice(from, end), next_cursor: next }
}
