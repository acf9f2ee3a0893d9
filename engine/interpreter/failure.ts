import type { TaskError } from '../core/task-error.ts'
import { UnknownTaskKind } from '../kinds/kind.ts'
import { TaskFailed } from '../kinds/steps.ts'
import { TemplateError } from '../template/sandbox.ts'
import { boundError } from './size/bound-error.ts'

/** A failure as data, with those of the children. */
export interface TaskFailure {
  readonly error: TaskError
  readonly errors: readonly TaskError[]
}

/** An exception that no rule of the language explains: a defect of the engine, met at a task. */
export class EngineDefect extends Error {
  override readonly name = 'EngineDefect'

  constructor(place: string, cause: unknown) {
    super(`${place}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

/**
 * Returns what was thrown while a task ran as the task's error.
 * @throws EngineDefect for what is not a failure that the language knows
 */
export function failureOf(
  thrown: unknown,
  by: Pick<TaskError, 'task' | 'attempts'>,
  place: string,
): TaskFailure {
  if (thrown instanceof TaskFailed)
    return { error: boundError({ ...by, ...thrown.error }), errors: thrown.errors }
  if (thrown instanceof TemplateError) return { error: templateFailure(thrown, by), errors: [] }
  if (thrown instanceof EngineDefect || thrown instanceof UnknownTaskKind) throw thrown
  // V8 throws one for a stack that is too deep and for a text that is too long.
  if (thrown instanceof RangeError)
    return {
      error: { ...by, type: 'LimitExceeded', message: `${place}: ${thrown.message}` },
      errors: [],
    }
  throw new EngineDefect(place, thrown)
}

function templateFailure(
  { type, place, path, message }: TemplateError,
  by: Pick<TaskError, 'task' | 'attempts'>,
): TaskError {
  const cause = path === undefined ? { place } : { place, path }
  return boundError({ ...by, type, message: `${place}: ${message}`, cause })
}

/** Returns a defect of the engine as the error of the run that met it. */
export function defectError(thrown: unknown): TaskError {
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return boundError({ type: 'InternalError', message: `the engine failed: ${message}` })
}
