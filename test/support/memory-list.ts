import { CompozyError } from '../../engine/core/errors.ts'
import type { Execution, ExecutionQuery, ExecutionSummary, Page } from '../../engine/executions.ts'

/** Temporal's order: open runs, then those that closed last; the later start first. */
function byClose(one: Execution, other: Execution): number {
  const closed = (run: Execution): number =>
    run.closed_at === null ? Number.POSITIVE_INFINITY : Date.parse(run.closed_at)
  const [first, second] = [closed(one), closed(other)]
  return first === second
    ? Date.parse(other.started_at) - Date.parse(one.started_at)
    : second - first
}

function fitsOf(query: ExecutionQuery): (execution: Execution) => boolean {
  const { workflow_id, status, from, to, error_type, error_text, rerun_of } = query
  const { exec_id_prefix = '' } = query
  return (execution) =>
    (workflow_id === undefined || execution.workflow_id === workflow_id) &&
    (status === undefined || status.includes(execution.status)) &&
    (error_type === undefined || execution.error?.type === error_type) &&
    (error_text === undefined || execution.error?.message.includes(error_text) === true) &&
    (rerun_of === undefined || execution.rerun_of === rerun_of) &&
    execution.exec_id.startsWith(exec_id_prefix) &&
    (from === undefined || Date.parse(execution.started_at) >= Date.parse(from)) &&
    (to === undefined || Date.parse(execution.started_at) <= Date.parse(to))
}

/** Lists runs in memory as the real list does, in pages. They are given as they were started. */
export function listMemory(
  executions: readonly Execution[],
  query: ExecutionQuery,
): Page<ExecutionSummary> {
  const runs = executions.filter(fitsOf(query)).toReversed().toSorted(byClose)
  const { limit, cursor, ...filters } = query
  const seal = JSON.stringify(filters)
  const given = cursor === undefined ? `0 ${seal}` : Buffer.from(cursor, 'base64url').toString()
  const start = Number.parseInt(given, 10)
  if (given !== `${start} ${seal}`)
    throw new CompozyError('input_invalid', 'cursor is not one that a list with these filters gave')
  const items = runs.slice(start, start + limit).map((execution): ExecutionSummary => {
    const { input: _input, output: _output, error, tasks: _tasks, ...summary } = execution
    return { ...summary, error: summary.status === 'failed' ? error : null }
  })
  const end = start + limit
  const next = end < runs.length ? Buffer.from(`${end} ${seal}`).toString('base64url') : null
  return { items, next_cursor: next }
}
