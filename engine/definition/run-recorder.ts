import type { JsonValue } from '../core/json.ts'
import type { TaskError } from '../core/task-error.ts'
import type { TaskOutcome } from '../core/observation.ts'
import type { TaskType } from './task-ir.ts'

/** A task that starts. */
export interface StartedTask {
  /** Unique in its run: the path, with the rounds of a loop told apart (`retry/charge~2`). */
  readonly key: string
  /** Ids of the task and the containers around it, joined by `/`. */
  readonly path: string
  readonly type: TaskType
  /** How often the task has started: more than once in a loop. */
  readonly visit: number
}

/** How a task ended. */
export interface TaskOutcomeRecord {
  readonly status: TaskOutcome
  readonly output?: JsonValue | undefined
  readonly error?: TaskError | undefined
  /** Id of the task that follows. */
  readonly next?: string | undefined
}

/** A signal that a task took. */
export interface TakenSignal {
  readonly name: string
  readonly payload: JsonValue
  /** ms since 1970 */
  readonly receivedAt: number
}

/**
 * Notes what the tasks of a run do while its history is read. A run that is carried out has none,
 * so nothing is kept twice. Tasks are named by {@link StartedTask.key}, times in ms since 1970.
 */
export interface RunRecorder {
  taskStarted(task: StartedTask, at: number): void
  inputComputed(key: string, input: JsonValue): void
  attemptStarted(key: string, attempt: number, at: number): void
  attemptFailed(key: string, attempt: number, error: TaskError, at: number): void
  childStarted(key: string, child: { workflowId: string; execId: string }, at: number): void
  signalAwaited(key: string, name: string): void
  signalTaken(key: string, signal: TakenSignal, at: number): void
  /** The condition of the task refuses the signal that the task took last. */
  signalRefused(key: string): void
  taskEnded(key: string, end: TaskOutcomeRecord, at: number): void
}
