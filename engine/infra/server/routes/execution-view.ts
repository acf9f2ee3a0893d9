import { defined } from '../../../core/defined.ts'
import { CompozyError } from '../../../core/errors.ts'
import type {
  RunView,
  TaskStatus,
  TaskView,
  ViewRequest,
} from '../../../definition/run-protocol.ts'
import { statusOnceClosed } from '../../../definition/run-records.ts'
import type { DatedView, Execution, Executions } from '../../../executions.ts'
import { boundView, cutAfter, type BoundedTasks } from '../../../interpreter/size/bounded-view.ts'

/** Returns the path of an execution. */
export function executionUrl(execId: string): string {
  return `/api/v0/executions/workflows/${encodeURIComponent(execId)}`
}

/** How long an answer waits for a worker to report the tasks, ms. */
const viewTimeoutMs = 2_000

/** A task as the API shows it: a {@link TaskView} with times in RFC 3339. */
export interface TaskState extends Omit<TaskView, 'started_at' | 'ended_at' | 'tasks'> {
  readonly started_at?: string
  readonly ended_at?: string
  /** It ran in the run that this one repeats, and was kept. */
  readonly carried?: true
  readonly tasks?: Readonly<Record<string, TaskState>>
}

type TaskStates = Readonly<Record<string, TaskState>>

/** An execution as the API shows it. `tasks` and `as_of` are null when no worker reports them. */
export interface ExecutionDocument extends Omit<Execution, 'tasks'> {
  readonly tasks: TaskStates | null
  readonly counts?: RunView['counts']
  readonly next_cursor?: string
  /** When the tasks were in these states, RFC 3339. */
  readonly as_of: string | null
}

/** Which part of an execution to show. */
export interface ShowRequest extends ViewRequest {
  readonly signal: AbortSignal
}

const showTime = (ms: number | undefined): string | undefined =>
  ms === undefined ? undefined : new Date(ms).toISOString()

/** @param since ms since 1970: a task that ended earlier was carried from the repeated run */
function showTasks(tasks: Readonly<Record<string, TaskView>>, since: number): TaskStates {
  const states = Object.entries(tasks).map(([id, task]): [string, TaskState] => {
    const { started_at, ended_at, tasks: children, ...rest } = task
    const times = { started_at: showTime(started_at), ended_at: showTime(ended_at) }
    const carried = ended_at !== undefined && ended_at < since ? (true as const) : undefined
    const state = {
      ...rest,
      ...times,
      carried,
      tasks: children && showTasks(children, since),
    }
    return [id, defined(state)]
  })
  return Object.fromEntries(states)
}

type Counts = NonNullable<RunView['counts']>

/** Adds up the counts of a level under the statuses that its tasks have once the run has closed. */
function closeCounts(counts: Counts): Counts {
  const closed: Partial<Record<TaskStatus, number>> = {}
  for (const [status, count] of Object.entries(counts) as [TaskStatus, number][]) {
    const once = statusOnceClosed(status)
    closed[once] = (closed[once] ?? 0) + count
  }
  return closed
}

/** Ends the tasks that still ran when their run closed, at `closedAt`, as their records do. */
function closeTasks(
  tasks: Readonly<Record<string, TaskView>>,
  closedAt: number,
): Readonly<Record<string, TaskView>> {
  const closed = Object.entries(tasks).map(([id, task]): [string, TaskView] => {
    const { counts, tasks: children } = task
    const ended = task.status === 'running' ? { ended_at: closedAt } : {}
    const inside = {
      counts: counts && closeCounts(counts),
      tasks: children && closeTasks(children, closedAt),
    }
    return [id, { ...task, status: statusOnceClosed(task.status), ...ended, ...defined(inside) }]
  })
  return Object.fromEntries(closed)
}

/** Whether a result may keep only the first of a run's own tasks: it does not say so. */
function mayBeCut(tasks: Readonly<Record<string, TaskView>>): boolean {
  return cutAfter(Object.keys(tasks).length) !== undefined
}

/**
 * What a result keeps. Where there may be more tasks, a cursor says so, which needs a worker; how
 * many there are is not known.
 */
function boundKept(kept: Readonly<Record<string, TaskView>>, request: ViewRequest): BoundedTasks {
  const bounded = boundView(kept, request)
  const isFirst = request.task === undefined && request.cursor === undefined
  const cut = cutAfter(Object.keys(kept).length)
  return isFirst && cut !== undefined ? { tasks: bounded.tasks, next_cursor: String(cut) } : bounded
}

/** Whether nothing was left out of the states that a result keeps. */
function keepsAll(tasks: Readonly<Record<string, TaskView>>): boolean {
  return Object.values(tasks).every(
    ({ counts, output_bytes, tasks: children }) =>
      counts === undefined && output_bytes === undefined && (!children || keepsAll(children)),
  )
}

/**
 * Returns an execution with its tasks: from the run's own result, or else from a
 * worker. Throws CompozyError `not_found` for a task that the run does not have, and `unavailable`
 * when only a worker knows the part that is asked for and none answers.
 */
export async function showExecution(
  executions: Executions,
  execution: Execution,
  { signal, task, cursor }: ShowRequest,
): Promise<ExecutionDocument> {
  const request = defined({ task, cursor })
  const { tasks: kept, closed_at } = execution
  const isPart = task !== undefined || cursor !== undefined
  // A result keeps few children of a large container; the worker still has the rest.
  const view =
    kept !== null && !isPart && !mayBeCut(kept)
      ? undefined
      : await readView(executions, execution, request, signal)
  const isKnown = kept !== null && !mayBeCut(kept) && keepsAll(kept)
  if (view === undefined && isPart && !isKnown) {
    const message = `no worker answers for the tasks of "${execution.exec_id}"; try again, or read them from the history: ${executionUrl(execution.exec_id)}/tasks`
    throw new CompozyError('unavailable', message)
  }
  if (view === undefined && kept === null) return { ...execution, tasks: null, as_of: null }
  const { next_cursor, ...found } = view ?? boundKept(kept ?? {}, request)
  const isClosed = closed_at !== null
  const tasks = isClosed ? closeTasks(found.tasks, Date.parse(closed_at)) : found.tasks
  const counts = isClosed && found.counts ? closeCounts(found.counts) : found.counts
  if (task !== undefined && !Object.hasOwn(tasks, task))
    throw new CompozyError('not_found', `no task "${task}" in execution "${execution.exec_id}"`)
  // A view of a closed run shows its tasks as its end left them, whenever it is asked for.
  const as_of = isClosed || view === undefined ? closed_at : new Date(view.as_of).toISOString()
  const { rerun_of, started_at } = execution
  const since = rerun_of === null ? 0 : Date.parse(started_at)
  return {
    ...execution,
    tasks: showTasks(tasks, since),
    ...defined({ counts, next_cursor }),
    as_of,
  }
}

async function readView(
  executions: Executions,
  described: Execution,
  request: ViewRequest,
  signal: AbortSignal,
): Promise<DatedView | undefined> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(viewTimeoutMs)])
  const options = { ...request, described, signal: limited }
  return executions.view(described.exec_id, options).catch(() => undefined)
}
