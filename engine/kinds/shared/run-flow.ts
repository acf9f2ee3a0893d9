import type { TaskError } from '../../core/task-error.ts'
import type { NextTask, TaskEnd } from '../task-context.ts'
import type { TaskIr } from '../../definition/task-ir.ts'
import type { Steps } from '../steps.ts'
import { namingHandled } from './handled-failure.ts'

/** The position in a flow. */
export type FlowPosition = {
  /** The task that runs, or runs next. */
  readonly following: NextTask
  /** Tasks passed so far. */
  readonly passed: number
  /** Tolerated failures. */
  readonly unhandled: readonly TaskError[]
  /** Whether the flow sleeps before the task. Otherwise the task has started, or starts next. */
  readonly sleeps: boolean
}

/** Tasks that follow each other by their edges. */
export interface TaskFlow {
  readonly tasks: readonly TaskIr[]
  /** Where to resume after the run continued as new. Default: the first task. */
  readonly from?: FlowPosition | undefined
  /** Whether the task of `from` had started. */
  readonly resumes?: boolean | undefined
  /** Most tasks to pass; more is a runaway loop. */
  readonly limit: number
  /** Without a `next`, the next task of the list follows. */
  readonly inOrder?: boolean
  /** Whether the flow continues after a failure without `on_error`. */
  readonly bestEffort?: boolean
  run(
    task: TaskIr,
    following: NextTask,
    nextInOrder: string | undefined,
    resumes: boolean,
  ): Steps<TaskEnd>
  pause(ms: number): Steps<void>
  /** Asked after each task that another one follows; true stops the flow between the two. */
  stopsBetweenTasks?(): boolean
  /** Called when the flow moves on. */
  onMove?(position: FlowPosition): void
  /** Tasks after which it pauses for a moment; never when absent. */
  readonly pausesAfter?: number | undefined
}

/**
 * How a flow ended. `failure` is the one of its last task, with the failure that this task handled;
 * `unhandled` are the tolerated failures.
 */
export type FlowEnd =
  | {
      readonly type: 'ended'
      readonly last: TaskEnd
      readonly failure: TaskError | undefined
      readonly unhandled: readonly TaskError[]
    }
  | { readonly type: 'limit'; readonly error: TaskError }
  | { readonly type: 'stopped'; readonly following: NextTask; readonly passed: number }

/** Goes from task to task until none follows. */
export function* runFlow(flow: TaskFlow): Steps<FlowEnd> {
  const { tasks, limit, pausesAfter, from } = flow
  const places = new Map(tasks.map((task, place) => [task.id, place]))
  const unhandled: TaskError[] = [...(from?.unhandled ?? [])]
  let following: NextTask = from?.following ?? { id: tasks[0]!.id, arrival: { input: {} } }
  let resumes = flow.resumes === true && from?.sleeps === false
  if (from?.sleeps === true) {
    flow.onMove?.(from)
    yield* flow.pause(following.sleep ?? 0)
  }
  for (let passed = from?.passed ?? 0; ; passed++) {
    if (passed >= limit) return { type: 'limit', error: limitExceeded(limit, following.id) }
    const place = places.get(following.id)
    const task = place === undefined ? undefined : tasks[place]
    if (task === undefined)
      throw new Error(`no task "${following.id}" in this flow; the loader should have said so`)
    const nextInOrder = flow.inOrder === true ? tasks[place! + 1]?.id : undefined
    flow.onMove?.({ following, passed, unhandled, sleeps: false })
    const last = yield* flow.run(task, following, nextInOrder, resumes)
    resumes = false
    let next = last.following
    const failure = last.error && namingHandled(last.error, following.arrival.error)
    if (last.status === 'failed' && next === undefined && flow.bestEffort === true) {
      unhandled.push(failure!)
      next = nextAfterFailure(task, nextInOrder)
    }
    if (next === undefined) return { type: 'ended', last, failure, unhandled }
    if (next.sleep !== undefined) {
      flow.onMove?.({ following: next, passed: passed + 1, unhandled, sleeps: true })
      yield* flow.pause(next.sleep)
    }
    if (flow.stopsBetweenTasks?.() === true)
      return { type: 'stopped', following: next, passed: passed + 1 }
    if (pausesAfter !== undefined && (passed + 1) % pausesAfter === 0) yield* flow.pause(1)
    following = next
  }
}

function limitExceeded(limit: number, task: string): TaskError {
  const passed = limit === 1 ? '1 task was' : `${limit.toLocaleString('en')} tasks were`
  const message = `${passed} run; is there a loop that never ends?`
  return { type: 'LimitExceeded', message, task }
}

/** What follows a failure that does not end the flow: the task that follows a success. */
function nextAfterFailure(task: TaskIr, nextInOrder: string | undefined): NextTask | undefined {
  const id = task.on_success?.next ?? (task.final === true ? undefined : nextInOrder)
  return id === undefined ? undefined : { id, arrival: { input: {} } }
}
