import { createHash } from 'node:crypto'
import { defaultPayloadConverter, type Client } from '@temporalio/client'
import { CompozyError } from '../../../core/errors.ts'
import {
  executionStatuses,
  type ExecutionQuery,
  type ExecutionStatus,
  type ExecutionSummary,
} from '../../../executions.ts'
import { firstStartMemo } from '../../../definition/workflow-ir.ts'

/** Our statuses as visibility knows them. */
const visibilityStatus: Readonly<Record<ExecutionStatus, string>> = {
  running: 'Running',
  completed: 'Completed',
  failed: 'Failed',
  canceled: 'Canceled',
  terminated: 'Terminated',
  timed_out: 'TimedOut',
}

/**
 * The server's status codes as ours. A run that was continued as new goes on, so it counts as
 * running.
 */
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

/** Returns the status that a visibility name stands for; `undefined` if it is not one of ours. */
export function statusNamed(name: string): ExecutionStatus | undefined {
  return executionStatuses.find((status) => visibilityStatus[status] === name)
}

/** A text literal of visibility's query language. */
export function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}

function time(name: string, text: string, addedMs = 0): string {
  const date = new Date(Date.parse(text) + addedMs)
  // Its offset may push a time out of the four digits that RFC 3339 has for the year.
  const iso = Number.isNaN(date.getTime()) ? '' : date.toISOString()
  if (/^\d{4}-/.test(iso)) return literal(iso)
  throw new CompozyError('input_invalid', `${name} "${text}" is no RFC 3339 time`)
}

/** The server answers a zero byte in a query with an endless retry. */
function workflowType(id: string): string {
  if (!id.includes('\0')) return literal(id)
  throw new CompozyError('input_invalid', 'workflow_id holds a zero byte, which no id does')
}

/**
 * The visibility query of a list; always bound to one task queue, for several projects may share a
 * namespace.
 */
export function listQuery(
  taskQueue: string,
  query: Omit<ExecutionQuery, 'limit' | 'cursor'>,
): string {
  const parts = [`TaskQueue = ${literal(taskQueue)}`, `ExecutionStatus != 'ContinuedAsNew'`]
  if (query.workflow_id !== undefined)
    parts.push(`WorkflowType = ${workflowType(query.workflow_id)}`)
  if (query.status !== undefined)
    parts.push(`ExecutionStatus = '${visibilityStatus[query.status]}'`)
  if (query.from !== undefined) parts.push(`StartTime >= ${time('from', query.from)}`)
  // The server counts in finer steps than our milliseconds, and the run that started at `to`
  // belongs to the list.
  if (query.to !== undefined) parts.push(`StartTime < ${time('to', query.to, 1)}`)
  return parts.join(' AND ')
}

/** Length of the seal before a cursor's token, bytes. */
const sealLength = 9

/**
 * Tells the cursors that a list gave from others: the server answers a token that is not its own
 * with an endless retry.
 */
const sealOf = (token: Uint8Array, query: string): Buffer =>
  createHash('sha256').update(token).update(query).digest().subarray(0, sealLength)

/**
 * A page token of the server as an opaque cursor of this query's list; null where there is no
 * further page.
 */
export function encodeCursor(token: Uint8Array | null | undefined, query: string): string | null {
  if (token === null || token === undefined || token.length === 0) return null
  return Buffer.concat([sealOf(token, query), token]).toString('base64url')
}

/**
 * The page token in a cursor; CompozyError `input_invalid` for one that no list of this query gave.
 */
export function decodeCursor(cursor: string | undefined, query: string): Uint8Array {
  if (cursor === undefined) return new Uint8Array()
  const bytes = Buffer.from(cursor, 'base64url')
  const token = bytes.subarray(sealLength)
  if (bytes.subarray(0, sealLength).equals(sealOf(token, query))) return token
  throw new CompozyError('input_invalid', 'cursor is not one that a list with these filters gave')
}

type ListedRun = Awaited<
  ReturnType<Client['workflowService']['listWorkflowExecutions']>
>['executions'][number]
type Timestamp = ListedRun['startTime']

function toIso(time: Timestamp): string | null {
  if (time === null || time === undefined) return null
  return new Date(
    Number(time.seconds ?? 0) * 1_000 + Math.floor((time.nanos ?? 0) / 1e6),
  ).toISOString()
}

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
