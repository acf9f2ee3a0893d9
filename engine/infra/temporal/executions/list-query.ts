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

/** Quotes a text for a visibility query. */
export function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}

function time(name: string, text: string, addedMs = 0): string {
  const date = new Date(Date.parse(text) + addedMs)
  // The offset may push the year beyond the four digits of RFC 3339.
  const iso = Number.isNaN(date.getTime()) ? '' : date.toISOString()
  if (/^\d{4}-/.test(iso)) return literal(iso)
  throw new CompozyError('input_invalid', `${name} "${text}" is no RFC 3339 time`)
}

/** The server retries a query with a zero byte forever. */
function workflowType(id: string): string {
  if (!id.includes('\0')) return literal(id)
  throw new CompozyError('input_invalid', 'workflow_id holds a zero byte, which no id does')
}

/**
 * Returns the visibility query of a list, always for one task queue: projects may share a
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
  // The server's times are finer than our milliseconds, and a run that started at `to` is in the
  // list.
  if (query.to !== undefined) parts.push(`StartTime < ${time('to', query.to, 1)}`)
  return parts.join(' AND ')
}

/** Length of the seal before a cursor's token, in bytes. */
const sealLength = 9

/** Marks the cursors of a list: the server retries a token that is not its own forever. */
const sealOf = (token: Uint8Array, query: string): Buffer =>
  createHash('sha256').update(token).update(query).digest().subarray(0, sealLength)

/** Encodes a page token as an opaque cursor of this query's list; null if there is no next page. */
export function encodeCursor(token: Uint8Array | null | undefined, query: string): string | null {
  if (token === null || token === undefined || token.length === 0) return null
  return Buffer.concat([sealOf(token, query), token]).toString('base64url')
}

/** Decodes a cursor. Throws CompozyError `input_invalid` unless a list of this query gave it. */
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

/** Converts one entry of a visibility list. */
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
