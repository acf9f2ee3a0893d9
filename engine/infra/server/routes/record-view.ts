import { defined } from '../../../core/defined.ts'
import type { JsonValue } from '../../../core/json.ts'
import { JsonSizes } from '../../../core/size/json-sizes.ts'
import { jsonStart } from '../../../core/size/json-start.ts'
import { cutText, jsonBytes, limits } from '../../../core/limits.ts'
import type { TaskError } from '../../../core/task-error.ts'
import type { TaskStatus } from '../../../definition/run-protocol.ts'
import type { HistoryEntry, RunRecords, TaskRecord } from '../../../definition/run-records.ts'
import type { Page } from '../../../executions.ts'
import { fitError } from '../../../interpreter/size/bound-error.ts'

/** Which tasks of a list come first. */
export const taskOrders = ['oldest', 'newest'] as const

/** Which tasks of a run to show. */
export interface TasksRequest {
  /** Only this task, with whole inputs and outputs. */
  readonly task?: string | undefined
  /** Only the children of this task; empty for those of the run itself. */
  readonly parent?: string | undefined
  readonly status?: TaskStatus | undefined
  readonly order: (typeof taskOrders)[number]
  readonly limit: number
  readonly cursor?: string | undefined
}

/** Bytes of a page, and of one input or output on it. */
const listBounds = { page: limits.viewBytes, value: 16_384, error: 4_096 } as const
/** The same where one task is asked for: about what Temporal takes of one value. */
const taskBounds = { page: 4_000_000, value: limits.payloadBytes, error: 81_920 } as const

/** How the tasks of a page are shown. */
interface Showing {
  readonly bounds: typeof listBounds | typeof taskBounds
  /** Values of a run may share their parts. */
  readonly sizes: JsonSizes
}
const startLength = 200

const toIso = (ms: number | null): string | null =>
  ms === null ? null : new Date(ms).toISOString()

/** Returns the page of a run's tasks that a request asks for. */
export function tasksPage(
  { tasks }: RunRecords,
  { task, parent, status, order, limit, cursor }: TasksRequest,
): Page<object> {
  const bounds = task === undefined ? listBounds : taskBounds
  const showing: Showing = { bounds, sizes: new JsonSizes() }
  const isWanted = ({ id, status: own }: TaskRecord): boolean =>
    (task === undefined || id === task) &&
    (parent === undefined || parentOf(id) === parent) &&
    (status === undefined || own === status)
  const counts = countChildren(tasks)
  return boundedPage(tasks, { order, limit, cursor, bytes: bounds.page }, (record) =>
    isWanted(record)
      ? { ...showTask(record, showing), ...defined({ counts: counts.get(record) }) }
      : undefined,
  )
}

/** How many children of a container have each status. */
type ChildCounts = Partial<Record<TaskStatus, number>>

/** Counts the children of each container by status, those of each round of a loop on their own. */
function countChildren(tasks: readonly TaskRecord[]): ReadonlyMap<TaskRecord, ChildCounts> {
  const counts = new Map<TaskRecord, ChildCounts>()
  const lastById = new Map<string, TaskRecord>()
  for (const task of tasks) {
    lastById.set(task.id, task)
    const parent = lastById.get(parentOf(task.id))
    if (parent === undefined) continue
    const own = counts.get(parent) ?? {}
    own[task.status] = (own[task.status] ?? 0) + 1
    counts.set(parent, own)
  }
  return counts
}

const parentOf = (id: string): string => id.slice(0, Math.max(0, id.lastIndexOf('/')))

/** Returns a page of what happened in a run. */
export function historyPage(
  { history }: RunRecords,
  {
    task,
    limit,
    cursor,
  }: { task?: string | undefined; limit: number; cursor?: string | undefined },
): Page<object> {
  const request = { order: 'oldest', limit, cursor, bytes: listBounds.page } as const
  return boundedPage(history, request, (entry) => {
    if (task !== undefined && entry.task !== task) return undefined
    const error = entry.error && showError(entry.error, listBounds.error)
    const { at, type, ...rest } = entry
    return { at: toIso(at), type, text: describeEntry(entry), ...defined({ ...rest, error }) }
  })
}

/**
 * Goes through a list from the cursor, an index, and shows entries until there are as many, or as
 * many bytes, as a page holds. The list of an open run grows at its end: the index stays right in
 * both directions.
 */
function boundedPage<T>(
  entries: readonly T[],
  {
    order,
    limit,
    cursor,
    bytes,
  }: Pick<TasksRequest, 'order' | 'limit' | 'cursor'> & { bytes: number },
  show: (entry: T) => object | undefined,
): Page<object> {
  const items: object[] = []
  let left = bytes
  const [first, step] = order === 'newest' ? [entries.length - 1, -1] : [0, 1]
  for (let at = Number(cursor ?? first); at >= 0 && at < entries.length; at += step) {
    if (items.length === limit) return { items, next_cursor: String(at) }
    const shown = show(entries[at]!)
    if (shown === undefined) continue
    left -= jsonBytes(shown as JsonValue)
    if (left < 0 && items.length > 0) return { items, next_cursor: String(at) }
    items.push(shown)
  }
  return { items, next_cursor: null }
}

function showTask(record: TaskRecord, showing: Showing): object {
  const { bounds } = showing
  const { started_at, ended_at, input, output, error, attempts, signals, ...rest } = record
  const shownAttempts = attempts.map((attempt) => ({
    ...attempt,
    started_at: toIso(attempt.started_at),
    ended_at: toIso(attempt.ended_at),
    error: attempt.error && showError(attempt.error, bounds.error),
  }))
  const shownSignals = signals.map(({ name, payload, received_at, refused }) => ({
    name,
    received_at: toIso(received_at),
    ...showValue('payload', payload, showing),
    ...defined({ refused }),
  }))
  return {
    ...rest,
    started_at: toIso(started_at),
    ended_at: toIso(ended_at),
    ...showValue('input', input, showing),
    ...showValue('output', output, showing),
    error: error && showError(error, bounds.error),
    attempts: shownAttempts,
    signals: shownSignals,
  }
}

/** A value, or its size and its first characters when it is too large. */
function showValue(name: string, value: JsonValue, { bounds, sizes }: Showing): object {
  const over = sizes.over(value, bounds.value)
  if (over === undefined) return { [name]: value }
  return {
    [`${name}_bytes`]: sizes.shown(value, over),
    [`${name}_start`]: jsonStart(value, startLength),
  }
}

/** Leaves half of the room to what a JSON text escapes. */
const showError = (error: TaskError, limit: number): TaskError => fitError(error, limit, limit / 2)

/** One entry of a run's history in words. */
export function describeEntry({
  type,
  task,
  attempt,
  signal,
  refused,
  exec_id,
  error,
}: HistoryEntry): string {
  const why = error === undefined ? '' : `: ${error.type}: ${cutText(error.message, 300)}`
  switch (type) {
    case 'run_started':
      return 'run started'
    case 'run_continued':
      return 'run continued in a new history'
    case 'task_started':
      return `task ${task} started`
    case 'attempt_started':
      return `task ${task} started (attempt ${attempt})`
    case 'attempt_failed':
      return `attempt ${attempt} of task ${task} failed${why}`
    case 'child_started':
      return `task ${task} started run ${exec_id}`
    case 'signal_received':
      return `signal ${signal} received`
    case 'signal_taken':
      return `task ${task} took signal ${signal}${refused ? ', which did not meet its condition' : ''}`
    case 'cancel_requested':
      return 'cancellation requested'
    default: {
      const what = type.startsWith('run_') ? 'run' : `task ${task}`
      return `${what} ${type.slice(type.indexOf('_') + 1).replace('_', ' ')}${why}`
    }
  }
}
