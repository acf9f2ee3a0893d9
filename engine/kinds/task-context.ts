import type { JsonObject, JsonValue } from '../core/json.ts'
import type { TaskError } from '../core/task-error.ts'
import type { ConditionIr, Scope } from '../template/sandbox.ts'
import type { TaskIr } from '../definition/task-ir.ts'
import type { Steps } from './steps.ts'

/** Values under names that templates use without the dot. */
export type Roots = Readonly<Record<string, JsonValue | undefined>>

/** How a task was reached: the input from the edge, and the failure that it handles. */
export type Handover = {
  readonly input: JsonObject
  readonly error?: TaskError
}

/** The next task, and how it is reached. */
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

/** The result of a kind's `run` when it succeeds. */
export interface TaskResult {
  readonly output: JsonValue
  /** Set by a wait that timed out and has an `on_timeout` task. */
  readonly status?: 'timed_out'
  /** The task that follows, instead of `on_success.next`. */
  readonly next?: string
  /** Tolerated child failures. */
  readonly errors?: readonly TaskError[]
  /** Further roots for the task's `outputs`, edges and metrics. */
  readonly roots?: Roots
}

/** A signal that a run received. */
export type ReceivedSignal = {
  readonly id: string
  readonly payload: JsonValue
  /** ms since 1970 */
  readonly receivedAt: number
}

/** Options for running one nested task. */
export interface ChildOptions {
  /** Replaces the task's own id: items of a collection. */
  readonly id?: string
  readonly arrival?: Handover
  /** The sibling that follows if `on_success` names none. */
  readonly nextInOrder?: string
  /** Further roots for the task and all tasks below it. */
  readonly roots?: Roots
  /** The item and its index under their standard names: `.parent.item` of the tasks below. */
  readonly item?: { readonly value: JsonValue; readonly index: number }
  /** Resumes the child where the run left it when it continued as new. Default: starts it anew. */
  readonly resumes?: boolean
}

/** What is known of a task before it runs. */
export type KnownTask = Pick<TaskIr, 'id' | 'type'>

/** Options of {@link TaskContext.nest}. */
export interface NestOptions {
  /** The tasks do not see each other: items of a collection. */
  readonly apart?: true
  readonly roots?: Roots
  /** Further tasks that the task's own templates see at its end, whether they ran or not. */
  readonly known?: () => readonly KnownTask[]
}

/** The tasks below a task. */
export interface Nest {
  /** Whether no task names its successor, so that they run in the order of the list. */
  readonly isListed: boolean
  /** The scope of a child's own templates, before it starts; `roots` as its options give them. */
  scope(roots: Roots): Scope
  run(task: TaskIr, options?: ChildOptions): Steps<TaskEnd>
  /** The last output of a child; null if it never ran. */
  outputOf(id: string): JsonValue
  /** How a child ended before the run continued as new; undefined when it did not. */
  endOf(id: string): TaskEnd | undefined
  /** Reports whether a child had started, and not ended, before the run continued as new. */
  isUnderWay(id: string): boolean
  /** Reports whether a child has ended. */
  hasEnded(id: string): boolean
}

/** Concurrent work. The creator of a group must cancel it in a `finally` block. */
export interface Group<T> {
  add(key: number, steps: Steps<T>): void
  /** Waits for the next one to end. */
  next(): Steps<{ readonly key: number; readonly value: T }>
  /** Cancels everything that has not ended. */
  cancel(): void
}

/**
 * One attempt of one task, as its kind sees it: its only access to the world. Throws failures as
 * TaskFailed.
 */
export interface TaskContext {
  readonly id: string
  readonly input: JsonValue
  /** What the kind kept when the run continued as new in the middle of this attempt. */
  readonly kept?: JsonValue | undefined
  /**
   * Registers what the kind needs to resume after the run continues as new. It is called then, and
   * the next `run` gets its result as `kept`. Children, timers and limits are carried anyway.
   */
  keep(state: () => JsonValue): void
  /** The workflow's time, ms since 1970. */
  now(): number
  /** The scope of the task's own templates, with further `roots`. */
  scope(roots?: Roots): Scope
  /** Reports whether a condition holds; `roots` as in `scope`. */
  test(condition: ConditionIr, roots?: Roots): boolean
  /** The value of a condition. */
  evaluate(condition: ConditionIr): JsonValue
  callTool(tool: string, timeoutMs: number): Steps<JsonValue>
  pause(ms: number): Steps<void>
  startChild(workflowId: string, wait: boolean): Steps<JsonValue>
  signalRun(execId: string, name: string, payload: JsonValue): Steps<void>
  /** Starts a run of every workflow that listens. Returns their ids. */
  publish(name: string, payload: JsonValue): Steps<readonly string[]>
  /**
   * Waits for a signal; signals that came earlier are taken first. Of several waits the one that
   * began first is served.
   */
  receive(name: string): Steps<ReceivedSignal>
  /** Tells the history that the task's condition refuses the signal that it received last. */
  refuseSignal(): void
  /** Takes the room for one more child that starts. False: wait for {@link waitForRoom} first. */
  takeRoom(): boolean
  waitForRoom(): Steps<void>
  /** Runs steps with a time limit. Returns `undefined` if they were canceled at the limit. */
  within<T>(ms: number, steps: Steps<T>): Steps<{ readonly value: T } | undefined>
  group<T>(): Group<T>
  /** Opens the level below this task. `tasks` are known by their ids before they run. */
  nest(tasks: readonly TaskIr[], options?: NestOptions): Nest
}
