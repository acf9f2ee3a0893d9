import { defaultPayloadConverter } from '@temporalio/client'
import { CompozyError } from '../../../core/errors.ts'
import { withoutCutNote } from '../../../core/limits.ts'
import {
  executionStatuses,
  type ExecutionFilter,
  type ExecutionStatus,
  type ExecutionSummary,
} from '../../../executions.ts'
import {
  failureMemo,
  firstStartMemo,
  rerunMemo,
  type FailureMemo,
} from '../../../definition/workflow-ir.ts'
import { isSearchable, literal, searchableHead } from '../visibility-text.ts'
import { rerunPrefixOf } from './identity.ts'
import type { ListedRun } from './list-cursor.ts'

/** Temporal's names of our statuses. */
const visibilityStatus: Readonly<Record<ExecutionStatus, string>> = {
  running: 'Running',
  completed: 'Completed',
  failed: 'Failed',
  canceled: 'Canceled',
  terminated: 'Terminated',
  timed_out: 'TimedOut',
}

/** Our statuses by Temporal's code. A run that continued as new still runs. */
const byCode: Readonly<Record<number, ExecutionStatus>> = {
  1: 'running',
  2: 'completed',
  3: 'failed',
  4: 'canceled',
  5: 'terminated',
  6: 'running',
  7: 'timed_out',
}

/** Returns the status for Temporal's code. */
export function statusOf(code: number | null | undefined): ExecutionStatus {
  return byCode[code ?? 1] ?? 'running'
}

/** Returns the status for Temporal's name; `undefined` if it is not one of ours. */
export function statusNamed(name: string): ExecutionStatus | undefined {
  return executionStatuses.find((status) => visibilityStatus[status] === name)
}

function time(name: string, text: string, addedMs = 0): string {
  const date = new Date(Date.parse(text) + addedMs)
  // The offset may push the year beyond the four digits of RFC 3339.
  const iso = Number.isNaN(date.getTime()) ? '' : date.toISOString()
  if (/^\d{4}-/.test(iso)) return literal(iso)
  throw new CompozyError('input_invalid', `${name} "${text}" is no RFC 3339 time`)
}

/** A zero byte is refused: no id holds one. */
function checkId(name: string, id: string): void {
  if (!id.includes('\0')) return
  throw new CompozyError('input_invalid', `${name} holds a zero byte, which no id does`)
}

/** Narrows a list as far as a query can; {@link matchesFilter} is exact. */
function beginsWith(attribute: string, text: string): readonly string[] {
  const head = searchableHead(text)
  return head === '' ? [] : [`${attribute} STARTS_WITH ${literal(head)}`]
}

/**
 * Returns the visibility query of a list, always for one task queue: projects may share a
 * namespace.
 */
export function listQuery(taskQueue: string, query: ExecutionFilter): string {
  const parts = [`TaskQueue = ${literal(taskQueue)}`, `ExecutionStatus != 'ContinuedAsNew'`]
  if (query.workflow_id !== undefined) {
    checkId('workflow_id', query.workflow_id)
    if (isSearchable(query.workflow_id)) parts.push(`WorkflowType = ${literal(query.workflow_id)}`)
    else parts.push(...beginsWith('WorkflowType', query.workflow_id))
  }
  // The error of a run is in its memo, which visibility does not search.
  const fails = query.error_type !== undefined || query.error_text !== undefined
  const statuses = query.status ?? (fails ? (['failed'] as const) : undefined)
  if (statuses !== undefined) parts.push(statusIn(statuses))
  if (query.from !== undefined) parts.push(`StartTime >= ${time('from', query.from)}`)
  // The server's times are finer than our milliseconds, and a run that started at `to` is in the
  // list.
  if (query.to !== undefined) parts.push(`StartTime < ${time('to', query.to, 1)}`)
  if (query.closed_from !== undefined)
    parts.push(`CloseTime >= ${time('closed_from', query.closed_from)}`)
  if (query.closed_to !== undefined)
    parts.push(`CloseTime < ${time('closed_to', query.closed_to, 1)}`)
  if (query.rerun_of !== undefined) {
    checkId('rerun_of', query.rerun_of)
    parts.push(...beginsWith('WorkflowId', rerunPrefixOf(query.rerun_of)))
  }
  if (query.exec_id_prefix !== undefined) {
    checkId('exec_id_prefix', query.exec_id_prefix)
    parts.push(...beginsWith('WorkflowId', query.exec_id_prefix))
  }
  return parts.join(' AND ')
}

function statusIn(statuses: readonly ExecutionStatus[]): string {
  const names = statuses.map((status) => `ExecutionStatus = '${visibilityStatus[status]}'`)
  return names.length === 1 ? names[0]! : `(${names.join(' OR ')})`
}

/**
 * Reports whether a run has what visibility can't be asked for. A text of the query is compared
 * again: SQLite's STARTS_WITH ignores case, and some texts can't be asked for in whole.
 */
export function matchesFilter(run: ExecutionSummary, filter: ExecutionFilter): boolean {
  const { error_type, error_text, rerun_of, workflow_id, exec_id_prefix = '' } = filter
  if (!run.exec_id.startsWith(exec_id_prefix)) return false
  if (workflow_id !== undefined && run.workflow_id !== workflow_id) return false
  if (rerun_of !== undefined && run.rerun_of !== rerun_of) return false
  if (error_type !== undefined && !isOfType(run.error?.type ?? '', error_type)) return false
  if (error_text === undefined) return true
  // The memo holds the beginning of the message; the note of a cut is none of it.
  const message = withoutCutNote(run.error?.message ?? '')
  return message.toLowerCase().includes(error_text.toLowerCase())
}

function isOfType(type: string, pattern: string): boolean {
  return pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern
}

/**
 * Reports whether a filter asks for what only the memo of a run tells, or for a text that no query
 * can name.
 */
export function needsSearch(filter: ExecutionFilter): boolean {
  const { error_type, error_text, rerun_of, workflow_id = '', exec_id_prefix = '' } = filter
  const asksMemo = [error_type, error_text, rerun_of].some((value) => value !== undefined)
  return asksMemo || !isSearchable(workflow_id) || !isSearchable(exec_id_prefix)
}

type Timestamp = ListedRun['startTime']

function toIso(time: Timestamp): string | null {
  if (time === null || time === undefined) return null
  return new Date(
    Number(time.seconds ?? 0) * 1_000 + Math.floor((time.nanos ?? 0) / 1e6),
  ).toISOString()
}

/** Converts one entry of a visibility list. */
export function summaryOf(run: ListedRun): ExecutionSummary {
  const memo = (name: string): unknown => {
    const payload = run.memo?.fields?.[name]
    return payload ? defaultPayloadConverter.fromPayload<unknown>(payload) : null
  }
  const firstStart = memo(firstStartMemo) as string | null
  return {
    exec_id: run.execution?.workflowId ?? '',
    run_id: run.execution?.runId ?? '',
    workflow_id: run.type?.name ?? '',
    status: statusOf(run.status),
    started_at: firstStart ?? toIso(run.startTime) ?? '',
    closed_at: toIso(run.closeTime),
    error: memo(failureMemo) as FailureMemo | null,
    rerun_of: memo(rerunMemo) as string | null,
    child_of: run.parentExecution?.workflowId ?? null,
  }
}
