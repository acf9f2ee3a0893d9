import type { JsonObject, JsonValue } from '../core/json.ts'
import type { TaskError } from '../core/task-error.ts'
import type { ConditionIr, Scope } from '../template/sandbox.ts'
import type { TaskIr } from '../definition/task-ir.ts'
import type { Steps } from './steps.ts'

/** Values under names that templates use without the dot. */
export type Roots = Readonly<Record<string, JsonValue | undefined>>

/** How a task was reached: what the edge gave its input, and the failure that it handles. */
export type Handover = {
  readonly input: JsonObject
  readonly error?: TaskError
}

/** The task that follows, and how it is reached. */
export type NextTask = {
  readonly id: string
  readonly arrival: Handover
  /** Pause before it, ms. */
  readonly sleep?: number
}

/** How one execution of a task ended. */
export interface TaskEnd {
  readonly status: 'completed' | 'failed' | 'skipped' | 'timed_out'
  readonly output: JsonValue
  readonly error?: TaskError | undefined
  readonly following?: NextTask | undefined
}

/** What a kind's `run` gives when it ends well. */
export interface TaskResult {
  readonly output: JsonValue
  /** Set by a wait that timed out and has an `on_timeout` task. */
  readonly status?: 'timed_out'
  /** The task that follows, instead of `on_success.next`. */
  readonly next?: string
  /** Tolerated child failures. */
  readonly errors?: readonly TaskError[]
  /** What `outputs`, edges and metrics of the task see besides. */
  readonly roots?: Roots
}

/** A signal that a run received. */
export type ReceivedSignal = {
  readonly id: string
  readonly payload: JsonValue
  /** ms since 1970 */
  readonly receivedAt: number
}

/** How one nested task is run. */
export interface ChildOptions {
  /** Instead of the task's own id: items of a collection. */
  readonly id?: string
  readonly arrival?: Handover
  /** The sibling that follows where `on_success` names none. */
  readonly nextInOrder?: string
  /** What the task and everything below it sees besides. */
  readonly roots?: Roots
  /** The item and its index, whatever names `roots` gives them: `.parent.item` of what is below. */
  readonly item?: { readonly value: JsonValue; readonly index: number }
  /** Goes on where the run left the child when it continued as new; the default starts it anew. */
  readonly resumes?: boolean
}

/** The tasks below a task. */
export interface Nest {
  /** No task names what follows it: they run in the order of the list. */
  readonly isListed: boolean
  run(task: TaskIr, options?: ChildOptions): Steps<TaskEnd>
  /** The last output of a child; null if it never ran. */
  outputOf(id: string): JsonValue
  /** How a child ended before the run continued as new; undefined when it did not. */
  endOf(id: string): TaskEnd | undefined
  /** Whether a child has ended by now. */
  hasEnded(id: string): boolean
}

/** Work that goes on side by side. Whoever makes a group cancels it in a `finally` block. */
export interface Group<T> {
  add(key: number, steps: Steps<T>): void
  /** Waits for the next one that ends, in the order in which they end. */
  next(): Steps<{ readonly key: number; readonly value: T }>
  /** Cancels whatever has not ended. */
  cancel(): void
}

/**
 * One attempt of one task, as its kind sees it: the only way to the world. Failures are thrown as
 * TaskFailed.
 */
export interface TaskContext {
  readonly id: string
  readonly input: JsonValue
  /** What the kind kept when the run continued as new in the middle of this attempt. */
  readonly kept?: JsonValue | undefined
  /**
   * Says what the kind needs to go on after the run continued as new: asked then, and given to the
   * next `run` as `kept`. Children, waiting times and limits are carried without it.
   */
  keep(state: () => JsonValue): void
  /** The workflow's time, ms since 1970. */
  now(): number
  /** What the task's own templates see; `roots` come on top. */
  scope(roots?: Roots): Scope
  /** Whether a condition holds; `roots` as in `scope`. */
  test(condition: ConditionIr, roots?: Roots): boolean
  /** The value of a condition. */
  evaluate(condition: ConditionIr): JsonValue
  callTool(tool: string, timeoutMs: number): Steps<JsonValue>
  pause(ms: number): Steps<void>
  startChild(workflowId: string, wait: boolean): Steps<JsonValue>
  signalRun(execId: string, name: string, payload: JsonValue): Steps<void>
  /** Starts a run of every workflow that listens; gives their ids. */
  publish(name: string, payload: JsonValue): Steps<readonly string[]>
  /**
   * Waits for a signal; signals that came earlier are taken first. Of several waits the one that
   * began first is served.
   */
  receive(name: string): Steps<ReceivedSignal>
  /** Runs steps with a limit; `undefined` if the time ran out and they were cancelled. */
  within<T>(ms: number, steps: Steps<T>): Steps<{ readonly value: T } | undefined>
  group<T>(): Group<T>
  /**
   * Opens the level below this task. `tasks` are known by their ids before they run; `apart`: they
   * do not see each other (items of a collection).
   */
  nest(tasks: readonly TaskIr[], options?: { readonly apart?: true; readonly roots?: Roots }): Nest
}
