import type { TaskError } from '../core/task-error.ts'
import { TaskFailed } from '../kinds/steps.ts'
import { TemplateError } from '../template/sandbox.ts'
import { boundError } from './bound-error.ts'

/** A failure as data, with those of the children. */
export interface TaskFailure {
  readonly error: TaskError
  readonly errors: readonly TaskError[]
}

/**
 * Returns what was thrown while a task ran as the task's error. Only the language's own failures are
 * converted; anything else is a defect of the engine and is thrown on.
 */
export function failureOf(
  thrown: unknown,
  by: Pick<TaskError, 'task' | 'attempts'> = {},
): TaskFailure {
  if (thrown instanceof TaskFailed)
    return { error: boundError({ ...by, ...thrown.error }), errors: thrown.errors }
  if (!(thrown instanceof TemplateError)) throw thrown
  const { type, place, path, message } = thrown
  const cause = path === undefined ? { place } : { place, path }
  const error: TaskError = { ...by, type, message: `${place}: ${message}`, cause }
  return { error: boundError(error), errors: [] }
}
