import { defined } from '../core/defined.ts'
import type { LimitName } from '../core/observation.ts'
import type { TaskError } from '../core/task-error.ts'
import { UnknownTaskKind } from '../kinds/kind.ts'
import { TaskFailed } from '../kinds/steps.ts'
import { TemplateError } from '../template/sandbox.ts'
import type { RunEnd } from './run-end.ts'
import { boundError } from './size/bound-error.ts'

/** A failure as data, with those of the children. */
export interface TaskFailure {
  readonly error: TaskError
  readonly errors: readonly TaskError[]
  /** The limit that the task itself exceeded. */
  readonly limit?: LimitName | undefined
}

/** An exception that no rule of the language explains: a defect of the engine, met at a task. */
export class EngineDefect extends Error {
  override readonly name = 'EngineDefect'
  readonly place: string
  readonly task: string | undefined

  constructor(place: string, task: string | undefined, cause: unknown) {
    super(`${place}: ${messageOf(cause)}`, { cause })
    this.place = place
    this.task = task
  }
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
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
    return {
      error: boundError({ ...by, ...thrown.error }),
      errors: thrown.errors,
      limit: thrown.limit,
    }
  if (thrown instanceof TemplateError) {
    const limit = thrown.type === 'LimitExceeded' ? 'template' : undefined
    return { error: templateFailure(thrown, by), errors: [], limit }
  }
  if (thrown instanceof UnknownTaskKind) throw thrown
  if (thrown instanceof EngineDefect)
    throw thrown.task === undefined ? new EngineDefect(thrown.place, by.task, thrown.cause) : thrown
  // V8 throws one for a stack that is too deep and for a text that is too long.
  if (thrown instanceof RangeError)
    return {
      error: { ...by, type: 'LimitExceeded', message: `${place}: ${thrown.message}` },
      errors: [],
      limit: 'other',
    }
  throw new EngineDefect(place, by.task, thrown)
}

function templateFailure(
  { type, place, path, message }: TemplateError,
  by: Pick<TaskError, 'task' | 'attempts'>,
): TaskError {
  const cause = path === undefined ? { place } : { place, path }
  return boundError({ ...by, type, message: `${place}: ${message}`, cause })
}

/** Returns the end of a run that met a defect of the engine. Its cause is for the log only. */
export function defectEnd(thrown: unknown): Extract<RunEnd, { type: 'fail' }> {
  const found = thrown instanceof EngineDefect ? thrown : undefined
  const cause = found?.cause ?? thrown
  const at = defined({ task: found?.task, place: found?.place })
  const where = found === undefined ? '' : `${found.place}: `
  return {
    type: 'fail',
    error: {
      ...defined({ task: found?.task }),
      type: 'InternalError',
      message: `${where}the engine failed; the worker's log has the cause`,
    },
    defect: {
      ...at,
      message: messageOf(cause),
      ...defined({ stack: cause instanceof Error ? cause.stack : undefined }),
    },
  }
}
