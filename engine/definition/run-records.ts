import type { JsonValue } from '../core/json.ts'
import type { TaskError } from '../core/task-error.ts'
import type { TaskStatus } from './run-protocol.ts'
import type { TaskType } from './task-ir.ts'

/** One attempt of a task. Times in ms since 1970. */
export interface AttemptRecord {
  readonly attempt: number
  readonly started_at: number
  /** null while it runs. */
  readonly ended_at: number | null
  readonly error: TaskError | null
  /** How often Temporal handed the tool call to a worker: more than once when a worker died. */
  readonly deliveries?: number
}

/** A run that a task started. */
export interface ChildRecord {
  readonly workflow_id: string
  readonly exec_id: string
}

/** A signal that a task took. Time in ms since 1970. */
export interface SignalRecord {
  readonly name: string
  readonly payload: JsonValue
  readonly received_at: number
  /** The condition of the wait refused it. */
  readonly refused?: true
}

/** One execution of a task, as the history of its run tells it. Times in ms since 1970. */
export interface TaskRecord {
  /** Ids of the task and the containers around it, joined by `/`. */
  readonly id: string
  readonly type: TaskType
  /** 1, or the round of a loop. */
  readonly visit: number
  readonly status: TaskStatus
  readonly started_at: number
  /** null while it runs. */
  readonly ended_at: number | null
  /** null before it is computed, and for a task that was skipped. */
  readonly input: JsonValue
  readonly output: JsonValue
  readonly error: TaskError | null
  /** Id of the task that followed; null where none did, or none yet. */
  readonly next: string | null
  /** How many attempts were made. */
  readonly attempt_count: number
  /** The attempts, oldest first; of many the first and the last ones. */
  readonly attempts: readonly AttemptRecord[]
  /** Runs that it started. */
  readonly children: readonly ChildRecord[]
  /** Signals that it took, oldest first; a wait may refuse some. */
  readonly signals: readonly SignalRecord[]
}

/** What happens in a run, in the order of time. */
export const historyTypes = [
  'run_started',
  'run_continued',
  'task_started',
  'attempt_started',
  'attempt_failed',
  'task_completed',
  'task_failed',
  'task_skipped',
  'task_timed_out',
  'task_canceled',
  'child_started',
  'signal_received',
  'signal_taken',
  'cancel_requested',
  'run_completed',
  'run_failed',
  'run_canceled',
  'run_terminated',
  'run_timed_out',
] as const

/** One of {@link historyTypes}. */
export type HistoryType = (typeof historyTypes)[number]

/** One thing that happened in a run. */
export interface HistoryEntry {
  readonly type: HistoryType
  /** ms since 1970 */
  readonly at: number
  /** Path of the task, ids joined by `/`. */
  readonly task?: string
  readonly attempt?: number
  /** Name of the signal. */
  readonly signal?: string
  /** The condition of the task refused the signal. */
  readonly refused?: true
  /** The run that was started. */
  readonly exec_id?: string
  readonly error?: TaskError
}

/** A task that was open when its run was closed from outside. */
export interface InterruptedTask {
  /** Ids of the task and the containers around it, joined by `/`. */
  readonly id: string
  /** 0 before the first one. */
  readonly attempt: number
  /** Name of the signal that it was waiting for. */
  readonly signal?: string
}

/** Returns the status of a task once its run has closed: nothing of it runs any more. */
export function statusOnceClosed(status: TaskStatus): Exclude<TaskStatus, 'running'> {
  return status === 'running' ? 'canceled' : status
}

/** All that is known of a run's past. */
export interface RunRecords {
  /** In the order in which the tasks started. */
  readonly tasks: readonly TaskRecord[]
  readonly history: readonly HistoryEntry[]
  /** The innermost tasks that were open when the run was closed from outside. */
  readonly interrupted?: readonly InterruptedTask[]
  /** True when the run was too long to keep every input, output and entry. */
  readonly truncated: boolean
}
