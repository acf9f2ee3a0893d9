import type { ExecutionSummary, PageOf } from '../api/client.ts'

type Rows = readonly ExecutionSummary[]

/** Runs on one page of the list. */
export const pageSize = 50

const keyOf = ({ exec_id, run_id }: ExecutionSummary): string => `${exec_id} ${run_id}`

function without(rows: Rows, others: Rows): Rows {
  const keys = new Set(others.map(keyOf))
  return rows.filter((row) => !keys.has(keyOf(row)))
}

/** Puts an older page below the rows that are shown. */
export function appendRows(shown: Rows, older: Rows): Rows {
  return [...shown, ...without(older, shown)]
}

/**
 * Puts a fresh first page over the rows that are shown, newest first. Rows that newer ones have
 * pushed off the first page stay; those that it should have and has not match no more. Returns
 * undefined where the first page stands alone: it is the only one, or so many runs are new that
 * some may be missing below it.
 */
export function refreshRows(
  { items, next_cursor }: PageOf<ExecutionSummary>,
  shown: Rows,
): Rows | undefined {
  if (next_cursor === null) return undefined
  const rest = without(shown, items)
  if (items.length >= pageSize && rest.length === shown.length) return undefined
  const last = items.at(-1)
  const pushedOff = rest.filter(
    ({ started_at }) => last === undefined || started_at <= last.started_at,
  )
  return [...items, ...pushedOff]
}
