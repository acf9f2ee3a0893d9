import type { CompozyError } from './core/errors.ts'
import type { JsonValue } from './core/json.ts'
import type { TaskError } from './core/task-error.ts'
import type { RunRecords } from './definition/run-records.ts'
import type { FailureMemo, Trigger } from './definition/workflow-ir.ts'
import type { RunView, TaskView, ViewRequest } from './definition/run-protocol.ts'

/** Every status of an execution, as the API names it. */
export const executionStatuses = [
  'running',
  'completed',
  'failed',
  'canceled',
  'terminated',
  'timed_out',
] as const

/** Status of an execution. */
export type ExecutionStatus = (typeof executionStatuses)[number]

/** One execution in a list. Times are RFC 3339 in UTC. `exec_id` is the Temporal workflow id. */
export interface ExecutionSummary {
  readonly exec_id: string
  readonly run_id: string
  readonly workflow_id: string
  readonly status: ExecutionStatus
  readonly started_at: string
  readonly closed_at: string | null
  /** Why it failed, with its message cut; null for every other status. */
  readonly error: FailureMemo | null
  /** The execution that this one repeats. */
  readonly rerun_of: string | null
  /** The execution whose task started this one. */
  readonly child_of: string | null
}

/** One execution, whole. `output` and `error` are null while there is none. */
export interface Execution extends ExecutionSummary {
  readonly input: JsonValue
  readonly output: JsonValue
  readonly error: TaskError | null
  /**
   * Tasks as a run that ended by itself left them, without their outputs; null while it is open,
   * where it was canceled or ended from outside, and where its parent had no room for them.
   */
  readonly tasks: Readonly<Record<string, TaskView>> | null
}

/** A page of a list; `next_cursor` is null on the last one. Cursors are opaque. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly next_cursor: string | null
}

/** Which executions to choose; every filter must hold. Times are RFC 3339. */
export interface ExecutionFilter {
  readonly workflow_id?: string
  /** One of these. */
  readonly status?: readonly ExecutionStatus[]
  /** Started at or after, at or before. */
  readonly from?: string
  readonly to?: string
  /** Closed at or after, at or before. */
  readonly closed_from?: string
  readonly closed_to?: string
  /** Type of the error of a failed run; a `*` at its end matches every ending. */
  readonly error_type?: string
  /** Text in the message of the error as lists show it, cut at 1 KiB; in whatever case. */
  readonly error_text?: string
  /** The execution that is repeated. */
  readonly rerun_of?: string
  /** How the `exec_id` begins. */
  readonly exec_id_prefix?: string
}

/** Which executions to list. */
export interface ExecutionQuery extends ExecutionFilter {
  readonly limit: number
  readonly cursor?: string
}

/** A call that can be given up. */
export interface CallOptions {
  readonly signal?: AbortSignal
}

/** A view of a run, and when its worker was asked for it, in ms since 1970. */
export interface DatedView extends RunView {
  readonly as_of: number
}

/** Which part of a run to view. */
export interface ViewOptions extends CallOptions, ViewRequest {
  /** The run as just described, which saves a call. */
  readonly described?: Pick<Execution, 'run_id' | 'status'>
}

/** The past of a run, and how it stands. */
export interface RunPast {
  readonly status: ExecutionStatus
  readonly records: RunRecords
}

/** What to start. */
export interface StartRequest {
  readonly workflowId: string
  readonly input: JsonValue
  readonly trigger: Trigger
  /**
   * The same key with the same input gives the same execution (`created: false`); with another
   * input it is a `conflict`. Kept as long as Temporal keeps the closed run.
   */
  readonly idempotencyKey?: string
}

/** Where a repeated run begins: at its first task, or at the task that it ended in. */
export type RerunFrom = 'start' | 'failed_task'

/** How to repeat a closed run. */
export interface RerunRequest {
  readonly execId: string
  readonly from: RerunFrom
  /** The definition that the run had, or the one that the project has now. */
  readonly definition: 'original' | 'current'
  /** Instead of the input that the run had. */
  readonly input?: JsonValue
  /** The same key repeats the run once. */
  readonly idempotencyKey?: string
}

/** A run that repeats another one. */
export interface RepeatedRun {
  readonly exec_id: string
  readonly workflow_id: string
  readonly rerun_of: string
}

/** What became of a signal that a run received. */
export interface SignalReceipt {
  /** Why no task of the run can take it; absent where one may. */
  readonly warning?: string
}

/**
 * The port through which the engine's surface reaches its runs. The Temporal implementation and the
 * in-memory fake pass one contract suite. Errors are CompozyErrors: `not_found` (also for runs of
 * other projects), `conflict` (signal, cancel or terminate of a closed run), `input_invalid`,
 * `limit_reached` (signal to a run with 1,000 pending), `temporal_unavailable`, `temporal_timeout`,
 * `temporal_failed`.
 */
export interface Executions {
  /** Checks the input against the workflow's schema, fills in defaults and starts a run. */
  start(
    request: StartRequest,
    options?: CallOptions,
  ): Promise<{ exec_id: string; run_id: string; created: boolean }>
  describe(execId: string, options?: CallOptions): Promise<Execution>
  /**
   * Task states, answered by a worker; a closed run is replayed. Bounded in size, and shared by all
   * who watch: up to a second old, older while the worker is busy.
   */
  view(execId: string, options?: ViewOptions): Promise<DatedView>
  /**
   * Every task of a run with input, output and attempts, and what happened in it, as Temporal's
   * history tells it. Needs no worker. Shared by all who ask: of an open run a few seconds old.
   */
  past(execId: string, options?: CallOptions): Promise<RunPast>
  list(query: ExecutionQuery, options?: CallOptions): Promise<Page<ExecutionSummary>>
  /** Waits for the end of a run; `undefined` if it is still open after `timeoutMs`. */
  result(execId: string, timeoutMs: number, options?: CallOptions): Promise<Execution | undefined>
  /**
   * Repeats a closed run as a new one. From the failed task on, it carries what succeeded before.
   * `conflict` for an open run, one without a failed task, and a definition that does not fit.
   */
  rerun(request: RerunRequest, options?: CallOptions): Promise<RepeatedRun>
  /** Reports whether a run came from a {@link rerun} with this idempotency key. */
  isRepetition(run: Pick<ExecutionSummary, 'exec_id' | 'rerun_of'>, idempotencyKey: string): boolean
  signal(
    execId: string,
    name: string,
    payload: JsonValue,
    options?: CallOptions,
  ): Promise<SignalReceipt>
  cancel(execId: string, options?: CallOptions): Promise<void>
  terminate(execId: string, reason: string, options?: CallOptions): Promise<void>
  /**
   * Starts a run of every workflow with a trigger of this name. All payloads are checked first: one
   * violation starts none. `not_found` if nobody listens. The same key publishes once; with another
   * payload it is a `conflict`, unless `keyDecides`: then the runs that it started count.
   */
  publish(
    event: { name: string; payload: JsonValue; idempotencyKey?: string; keyDecides?: boolean },
    options?: CallOptions,
  ): Promise<readonly { workflow_id: string; exec_id: string }[]>
}

/** A schedule as the API shows it. Times are RFC 3339 or null. */
export interface ScheduleView {
  readonly workflow_id: string
  readonly cron: string
  readonly timezone: string
  /** False while paused, by the file or by the API. */
  readonly enabled: boolean
  readonly next_run_at: string | null
  readonly last_run_at: string | null
  /** Why Temporal does not have the schedule as the file says; null when it does. */
  readonly error: string | null
}

/** The run that a trigger of a schedule started. */
export interface TriggeredRun {
  readonly workflow_id: string
  readonly exec_id: string | null
}

/** A schedule that could not be brought in line with its file, or not removed. */
export interface ScheduleFailure {
  readonly workflow_id: string
  readonly error: CompozyError
}

/**
 * The port to the project's schedules. They follow the files; only pausing and triggering is done
 * from outside.
 */
export interface Schedules {
  /**
   * Removes, creates and updates schedules so that they match the project, each on its own: one
   * that fails is returned and does not stop the others. Leaves other projects' schedules alone.
   * Throws CompozyError when Temporal does not list the schedules.
   */
  reconcile(options?: CallOptions): Promise<readonly ScheduleFailure[]>
  list(options?: CallOptions): Promise<readonly ScheduleView[]>
  get(workflowId: string, options?: CallOptions): Promise<ScheduleView>
  setEnabled(workflowId: string, enabled: boolean, options?: CallOptions): Promise<ScheduleView>
  /**
   * Starts a run now, as the schedule would. `exec_id` is null if Temporal accepted the request but
   * has not started the run within a few seconds.
   */
  trigger(workflowId: string, options?: CallOptions): Promise<TriggeredRun>
}
