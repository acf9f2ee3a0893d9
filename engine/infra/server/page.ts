import { CompozyError } from '../../core/errors.ts'
import type { Page } from '../../workflow/executions.ts'

/** A page of a list that is whole in memory; the cursor is the position of the next entry. */
export function pageOfList<T>(
  items: readonly T[],
  query: { limit: number; cursor?: string | undefined },
): Page<T> {
  const from = query.cursor === undefined ? 0 : Number(Buffer.from(query.cursor, 'base64url').toString())
  if (!Number.isInteger(from) || from < 0)
    throw new CompozyError('input_invalid', 'cursor is not one that a list gave')
  const end = from + query.limit
  const next = end < items.length ? Buffer.from(String(end)).toString('base64url') : null
  return { items: items.slice(from, end), next_cursor: next }
}
