import type { JsonValue } from '../../core/json.ts'
import type { TaskIr } from '../../definition/task-ir.ts'
import type { ParentScope, TaskScope } from '../scope.ts'
import type { TaskLevels } from './task-levels.ts'
import type { ResumePoint, TaskProgress } from './task-progress.ts'

/** A task in progress, with all that its execution knows of it. */
export interface TaskRun {
  readonly task: TaskIr
  readonly id: string
  readonly enclosing: ParentScope
  readonly own: TaskScope
  readonly levels: TaskLevels
  readonly record: TaskProgress
  /** Its input, when `with` was evaluated. */
  readonly computedInput: () => JsonValue | undefined
  /** Where an earlier run of the chain stopped the task. */
  readonly resumePoint?: ResumePoint
}
