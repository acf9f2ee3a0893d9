import type { JsonObject, JsonValue } from '../core/json.ts'
import type { LimitName, Observation, TaskOutcome } from '../core/observation.ts'
import type { TaskError } from '../core/task-error.ts'
import type { HistoryLength } from './history-length.ts'
import type { TaskType } from './task-ir.ts'
import type { RunRecorder } from './run-recorder.ts'
import type { CarriedState } from './workflow-ir.ts'

/**
 * What the interpreter and its shell say to each other. The interpreter is pure: the same start and
 * the same events always give the same commands. The shell (`worker/workflows.ts`) turns commands
 * into Temporal's and answers each `seq` with exactly one `resolved` or `rejected`, unless it was
 * canceled.
 */
export type Command =
  /** Call a tool once: one attempt. Retries are the interpreter's. */
  | {
      readonly type: 'call_tool'
      readonly seq: number
      /**
       * Key of the tool in the project: `<workflow id>/<tool id>` or `<tool id>` for the project's
       * own.
       */
      readonly tool: string
      readonly input: JsonValue
      /**
       * The task's env over the workflow's and the project's; the tool's own comes between, on the
       * worker's side.
       */
      readonly env: Readonly<Record<string, string>>
      readonly taskEnv: Readonly<Record<string, string>>
      readonly timeoutMs: number
      /** `task_id` as the user knows it (nested ids joined by `/`, items with their index). */
      readonly taskId: string
      readonly attempt: number
      /** Stable per run, task and item over all attempts. */
      readonly idempotencyKey: string
    }
  | { readonly type: 'start_timer'; readonly seq: number; readonly ms: number }
  | {
      readonly type: 'start_child'
      readonly seq: number
      readonly workflowId: string
      readonly execId: string
      readonly input: JsonValue
      /**
       * True: resolved with `{exec_id, output}` at its end. False: resolved with `{exec_id, output:
       * null}` once started.
       */
      readonly wait: boolean
    }
  | {
      readonly type: 'signal_run'
      readonly seq: number
      readonly execId: string
      readonly name: string
      readonly payload: JsonValue
    }
  /**
   * Start a run of every workflow that listens to an event. Resolved with `{exec_ids: string[]}`.
   */
  | {
      readonly type: 'publish_event'
      readonly seq: number
      readonly name: string
      readonly payload: JsonValue
      readonly idempotencyKey: string
    }
  /**
   * Ask whether the run that started this one has room for its result. Rejected with
   * `LimitExceeded` when there is none.
   */
  | { readonly type: 'ask_parent_room'; readonly seq: number; readonly bytes: number }
  /** Take back an earlier command; no answer to it is awaited any more. */
  | { readonly type: 'cancel'; readonly seq: number }
  | { readonly type: 'observe'; readonly observation: Observation }
  /** The last command of a run is exactly one of these four. */
  | (ClosedStates & { readonly type: 'complete'; readonly output: JsonValue })
  /** `defect`: what the engine failed at; for the log, never for the run's user. */
  | (ClosedStates & { readonly type: 'fail'; readonly error: TaskError; readonly defect?: Defect })
  | { readonly type: 'canceled' }
  | { readonly type: 'continue_as_new'; readonly carried: CarriedState }

/** Whether a closed run keeps the states of its tasks with its result. */
export interface ClosedStates {
  readonly leavesOutStates?: true
}

/** A failure of the engine itself, as the log tells it. */
export interface Defect {
  readonly task?: string
  /** Place of the task in the YAML. */
  readonly place?: string
  readonly message: string
  readonly stack?: string
}

/** What happened outside. */
export type RunEvent =
  | { readonly type: 'started' }
  | { readonly type: 'resolved'; readonly seq: number; readonly value: JsonValue }
  | {
      readonly type: 'rejected'
      readonly seq: number
      readonly error: TaskError
      /**
       * The limit behind a `LimitExceeded`, where the kind of command does not tell. `counted`: the
       * other side counts it.
       */
      readonly limit?: LimitName | 'counted' | undefined
    }
  | {
      readonly type: 'signal'
      readonly id: string
      readonly payload: JsonValue
      readonly receivedAt: number
    }
  | { readonly type: 'cancel_requested' }

/** Status of one task, as `.tasks.<id>.status` and the API show it. */
export type TaskStatus = 'pending' | 'running' | TaskOutcome

/** An attempt of a task that failed before another one. */
export type FailedAttempt = {
  readonly attempt: number
  readonly type: TaskError['type']
  /** Cut at 1 KiB. */
  readonly message: string
  /** ms since 1970 */
  readonly at: number
}

/**
 * One task of a run as seen from outside; containers hold their children. Times in ms since 1970.
 */
export type TaskView = {
  readonly type: TaskType
  readonly status: TaskStatus
  readonly attempts: number
  readonly started_at?: number
  readonly ended_at?: number
  readonly output?: JsonValue
  /** Size of an output that is too large to show here, in bytes of JSON. */
  readonly output_bytes?: number
  /** The first characters of the JSON of an output that is too large. */
  readonly output_start?: string
  readonly error?: TaskError
  /** The last attempts that failed and were made again, oldest first. */
  readonly failed_attempts?: readonly FailedAttempt[]
  readonly tasks?: Readonly<Record<string, TaskView>>
  /** How many children have each status; absent when `tasks` shows all of them. */
  readonly counts?: Readonly<Partial<Record<TaskStatus, number>>>
  /** Asks for the children after those shown; absent when there are none. */
  readonly next_cursor?: string
}

/** Which part of a run to show. */
export interface ViewRequest {
  /** Path of one task, ids joined by `/`; shows the task with its whole output. */
  readonly task?: string
  /** `next_cursor` of an earlier answer. */
  readonly cursor?: string
}

/** How much of a run to show, in bytes of JSON. */
export interface ViewBounds {
  /** States, errors, and the outputs that fit beside them. */
  readonly bytes: number
  /**
   * One output; a larger one is shown by its size and its first characters. 0 leaves outputs out.
   */
  readonly outputBytes: number
}

/** A run as its query shows it. `waiting_for`: names of signals that it waits for now. */
export interface RunView {
  readonly tasks: Readonly<Record<string, TaskView>>
  /** As in {@link TaskView}, for the tasks of the run itself. */
  readonly counts?: Readonly<Partial<Record<TaskStatus, number>>>
  readonly next_cursor?: string
  readonly waiting_for: readonly string[]
  /** Signals that came and were not taken yet. */
  readonly pending_signals: number
  /** Bytes of JSON of these signals. */
  readonly pending_signal_bytes?: number
  /** How many there are of each name. */
  readonly pending_by_name?: Readonly<Record<string, number>>
}

/**
 * The rules by which an interpreter gives commands, from the oldest to the newest. A run keeps
 * those of the worker that began it, so that a newer worker replays its history.
 *
 * 1. Signals are handed to the wait that asks first; nothing is measured; a run continues as new
 *    only between top-level tasks.
 * 2. All since.
 * 3. A run that fails writes its error to its memo, for lists.
 * 4. A child run asks whether its parent's history has room for its result, and a history of many
 *    bytes makes a run continue as new.
 * 5. What waits until a run continues as new goes on after a minute.
 * 6. No other child run has the exec_id of another attempt; a container sees all its children at
 *    its end, whether they ran or not; a retry pause of 0 stays 0; text is read as a number only
 *    where a double holds it.
 * 7. Arithmetic beyond 2^53 is exact or refused; `get` gives a null that is there.
 * 8. A run that signals itself keeps the signal, without Temporal; a sleep and a retry pause of 0
 *    need no timer; the id of an item's task sees the task's `.parent`, and the end of the task
 *    sees the task itself.
 * 9. An event whose payload a listener refuses is not tried again.
 * 10. No local activities, whose results a replay may get earlier than the run did.
 */
export const interpreterRevisions = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] as const

/** One of {@link interpreterRevisions}. */
export type InterpreterRevision = (typeof interpreterRevisions)[number]

/** What the interpreter needs of its surroundings, besides events. */
export interface RunContext {
  readonly execId: string
  /** When this run started, ms since 1970. */
  readonly startedAt: number
  /** A new UUID, the same again in a replay. */
  readonly uuid: () => string
  readonly revision: InterpreterRevision
  /** Only where a history is read. */
  readonly recorder?: RunRecorder
}

/** One run. */
export interface Run {
  /**
   * Takes events, gives the commands that follow, in order.
   * @param now the workflow's time, ms since 1970
   * @param history unless short, the run continues as new once nothing is in flight
   */
  step(events: readonly RunEvent[], now: number, history: HistoryLength): readonly Command[]
  /** Returns the part that a request asks for, cut to bounds; the default are those of a query. */
  view(request?: ViewRequest, bounds?: ViewBounds): RunView
  /**
   * What another run carries to begin at the task in which this one ended; undefined when it did
   * not end in a task.
   */
  restart(options: RestartOptions): CarriedState | undefined
}

/** How a run goes on from another one's end. */
export interface RestartOptions {
  /** When the new run starts, ms since 1970. */
  readonly startedAt: number
  /** Keep what succeeded inside the container that failed; else all of it runs again. */
  readonly keepsChildren: boolean
}

/**
 * A finished run's result in Temporal; a failed one carries `[TaskError, {tasks}]` as the failure's
 * details. `tasks` are the run's {@link TaskView}s without their outputs.
 */
export interface RunResult extends JsonObject {
  readonly output: JsonValue
}
