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
  'Terminated',
  'InternalError',
] as const

/** Type of a task's failure, as `.error.type` and the API show it. */
export type TaskErrorType = (typeof taskErrorTypes)[number] | `ToolError:${string}`

/**
 * A failure inside a run, as data: templates (`.error`), history and the API all see the same.
 * `task` is the id of the task that failed, `attempts` the number of its attempts.
 */
export type TaskError = {
  readonly type: TaskErrorType
  readonly message: string
  readonly task?: string
  readonly attempts?: number
  /**
   * The underlying failure: a child's error, failures of a container's children, a tool's stack.
   */
  readonly cause?: JsonObject
}
