import type { JsonObject } from './json.ts'

/** The closed types of a task's failure; a tool's own error is `ToolError:<its name>`. */
export const taskErrorTypes = [
  'ToolTimeout',
  'ToolCrashed',
  'ToolDenied',
  'InvalidToolInput',
  'InvalidToolOutput',
  'TemplateError',
  'NoRoute',
  'WaitTimeout',
  'TaskTimeout',
  'SignalNotDelivered',
  'ChildFailed',
  'LimitExceeded',
  'Cancelled',
] as const

/** Type of a task's failure, as `.error.type` and the API show it. */
export type TaskErrorType = (typeof taskErrorTypes)[number] | `ToolError:${string}`

/**
 * A failure inside a run, as data: it goes through templates (`.error`), history and the API unchanged.
 * `task` is the id of the task that failed, `attempts` how often it was tried.
 */
export interface TaskError {
  readonly type: TaskErrorType
  readonly message: string
  readonly task?: string
  readonly attempts?: number
  /** What lies behind it: a child's error, the failures of a container's children, a tool's stack frames. */
  readonly cause?: JsonObject
}
