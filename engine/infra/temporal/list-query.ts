import { defaultPayloadConverter, type Client } from '@temporalio/client'
import { CompozyError } from '../../core/errors.ts'
import type { ExecutionQuery, ExecutionStatus, ExecutionSummary } from '../../workflow/executions.ts'

/** Our statuses as visibility knows them. */
const visibilityStatus: Readonly<Record<ExecutionStatus, string>> = {
  running: 'Running',
  completed: 'Completed',
  failed: 'Failed',
  canceled: 'Canceled',
  terminated: 'Terminated',
  timed_out: 'TimedOut',
}

/** The server's status codes as ours. A run that was continued as new goes on, so it counts as running. */
const byCode: Readonly<Record<number, ExecutionStatus>> = {
  1: 'running',
  2: 'completed',
  3: 'failed',
  4: 'canceled',
  5: 'terminated',
  6: 'running',
  7: 'timed_out',
}

/** Status of a run by the server's code. */
export function statusOf(code: number | null | undefined): ExecutionStatus {
  return byCode[code ?? 1] ?? 'running'
}

/** A text literal of visibility's query language. */
export function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}

function time(name: string, text: string): string {
  const date = new Date(text)
  if (Number.isNaN(date.getTime()))
    throw new CompozyError('input_invalid', `${name} "${text}" is no RFC 3339 time`)
  return literal(date.toISOString())
}

/** The visibility query of a list; always bound to one task queue, for several projects may share a namespace. */
export function listQuery(taskQueue: string, query: Omit<ExecutionQuery, 'limit' | 'cursor'>): string {
  const parts = [`TaskQueue = ${literal(taskQueue)}`, `ExecutionStatus != 'ContinuedAsNew'`]
  if (query.workflow_id !== undefined) parts.push(`WorkflowType = ${literal(query.workflow_id)}`)
  if (query.status !== undefined) parts.push(`ExecutionStatus = '${visibilityStatus[query.status]}'`)
  if (query.from !== undefined) parts.push(`StartTime >= ${time('from', query.from)}`)
  if (query.to !== undefined) parts.push(`StartTime <= ${time('to', query.to)}`)
  return parts.join(' AND ')
}

/** A page token of the server as an opaque cursor. */
export function encodeCursor(token: Uint8Array | null | undefined): string | null {
  return token === null || token === undefined || token.length === 0
    ? null
    : Buffer.from(token).toString('base64url')
}

/** The page token in a cursor. */
export function decodeCursor(cursor: string | undefined): Uint8Array {
  if (cursor === undefined) return new Uint8Array()
  if (!/^[A-Za-z0-9_-]+$/.test(cursor))
    throw new CompozyError('input_invalid', 'cursor is not one that a list gave')
  return Buffer.from(cursor, 'base64url')
}

type ListedRun = Awaited<
  ReturnType<Client['workflowService']['listWorkflowExecutions']>
>['executions'][number]
type Timestamp = ListedRun['startTime']

function toIso(time: Timestamp): string | null {
  if (time === null || time === undefined) return null
  return new Date(Number(time.seconds ?? 0) * 1_000 + Math.floor((time.nanos ?? 0) / 1e6)).toISOString()
}

/** Memo key under which a continued run keeps when its first run started, RFC 3339. */
export const firstStartMemo = 'first_started_at'

/** One entry of a visibility list as ours. */
export function summaryOf(run: ListedRun): ExecutionSummary {
  const carried = run.memo?.fields?.[firstStartMemo]
  const firstStart = carried && (defaultPayloadConverter.fromPayload(carried) as string)
  return {
    exec_id: run.execution?.workflowId ?? '',
    run_id: run.execution?.runId ?? '',
    workflow_id: run.type?.name ?? '',
    status: statusOf(run.status),
    started_at: firstStart ?? toIso(run.startTime) ?? '',
    closed_at: toIso(run.closeTime),
  }
}
