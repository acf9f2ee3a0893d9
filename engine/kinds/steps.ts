import type { LimitName } from '../core/observation.ts'
import type { TaskError } from '../core/task-error.ts'

/**
 * Something to wait for: registers `resume`, and returns a function that cancels the wait. Calls
 * `resume` at most once, and never before the effect has returned.
 */
export type Effect = (resume: (value: unknown) => void) => () => void

/**
 * Work that can wait and be canceled: a generator that yields what it waits for. Canceling ends it
 * at its `yield`, so its `finally` blocks run; they must not wait.
 */
export type Steps<T> = Generator<Effect, T, unknown>

/** Waits for one effect and returns its value. The caller knows the type of the value. */
export function* waitFor<T>(effect: Effect): Steps<T> {
  return (yield effect) as T
}

/**
 * Thrown by a kind's `run`: the task fails with this error. `errors` are those of its children, one
 * each. `limit` is the limit that the task itself exceeded: a container that passes an error on has
 * none, so that each excess counts once.
 */
export class TaskFailed extends Error {
  override readonly name = 'TaskFailed'
  readonly error: TaskError
  readonly errors: readonly TaskError[]
  readonly limit: LimitName | undefined

  constructor(error: TaskError, errors: readonly TaskError[] = [], limit?: LimitName) {
    super(error.message)
    this.error = error
    this.errors = errors
    this.limit = limit
  }
}
