import type { JsonValue } from '../core/json.ts'
import type { TaskError } from '../core/task-error.ts'
import type { ClosedStates, Defect } from '../definition/run-protocol.ts'
import type { CarriedState } from '../definition/workflow-ir.ts'
import type { NextTask } from '../kinds/task-context.ts'

/** How a run closes. Its command is the last one of a step. */
export type RunEnd =
  | (ClosedStates & { readonly type: 'complete'; readonly output: JsonValue })
  | (ClosedStates & { readonly type: 'fail'; readonly error: TaskError; readonly defect?: Defect })
  /** Revision 1 continues as new between two tasks. */
  | { readonly type: 'stop_between_tasks'; readonly following: NextTask; readonly passed: number }
  | { readonly type: 'continue_as_new'; readonly carried: CarriedState }
  | { readonly type: 'canceled' }
