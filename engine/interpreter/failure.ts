import type { TaskError } from '../core/task-error.ts'
import { TaskFailed } from '../kinds/steps.ts'
import { TemplateError } from '../template/sandbox.ts'

/** A failure as data, with those of the children. */
export interface Failure {
  readonly error: TaskError
  readonly errors: readonly TaskError[]
}

/**
 * What was thrown while a task ran, as the task's error. Only what the language knows as a failure is one; anything
 * else is a defect of the engine's own and goes on.
 */
export function failureOf(thrown: unknown, by: Pick<TaskError, 'task' | 'attempts'> = {}): Failure {
  if (thrown instanceof TaskFailed)
    return { error: { ...by, ...thrown.error }, errors: thrown.errors }
  if (!(thrown instanceof TemplateError)) throw thrown
  const { place, path, message } = thrown
  const cause = { place, ...(path !== undefined && { path }) }
  return {
    error: { ...by, type: 'TemplateError', message: `${place}: ${message}`, cause },
    errors: [],
  }
}
