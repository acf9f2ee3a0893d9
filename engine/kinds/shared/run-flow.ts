import type { TaskError } from '../../core/task-error.ts'
import type { NextTask, TaskEnd } from '../task-context.ts'
import type { TaskIr } from '../../definition/task-ir.ts'
import type { Steps } from '../steps.ts'

/** Tasks that follow each other by their edges. */
export interface TaskFlow {
  readonly tasks: readonly TaskIr[]
  /** Where it begins, if not with the first task. */
  readonly from?: NextTask
  /** How many tasks it passes before it is a runaway. */
  readonly limit: number
  /** How many it passed already. */
  readonly passed?: number
  /** Without a `next` the following task of the list comes. */
  readonly inOrder?: boolean
  /** A failure that no `on_error` takes does not end the flow. */
  readonly bestEffort?: boolean
  run(task: TaskIr, following: NextTask, nextInOrder: string | undefined): Steps<TaskEnd>
  pause(ms: number): Steps<void>
  /** Asked before each task but the first; true leaves the flow there. */
  leaves?(): boolean
}

/** How a flow ended. `unhandled` are the failures that it went on after. */
export type FlowEnd =
  | { readonly type: 'ended'; readonly outcome: TaskEnd; readonly unhandled: readonly TaskError[] }
  | { readonly type: 'limit'; readonly error: TaskError }
  | { readonly type: 'left'; readonly following: NextTask; readonly passed: number }

/**
 * Tasks after which a flow pauses for a moment: a loop of tasks that wait for nothing would otherwise hold the worker
 * longer than Temporal bears.
 */
const breathAfter = 10_000

/** Goes from task to task until none follows. */
export function* runFlow(flow: TaskFlow): Steps<FlowEnd> {
  const { tasks, limit } = flow
  const places = new Map(tasks.map((task, place) => [task.id, place]))
  const unhandled: TaskError[] = []
  let following: NextTask = flow.from ?? { id: tasks[0]!.id, arrival: { input: {} } }
  for (let passed = flow.passed ?? 0; ; passed++) {
    if (passed >= limit) return { type: 'limit', error: limitExceeded(limit, following.id) }
    const place = places.get(following.id)
    const task = place === undefined ? undefined : tasks[place]
    if (task === undefined)
      throw new Error(`no task "${following.id}" in this flow; the loader should have said so`)
    const nextInOrder = flow.inOrder === true ? tasks[place! + 1]?.id : undefined
    const outcome = yield* flow.run(task, following, nextInOrder)
    let next = outcome.following
    if (outcome.status === 'failed' && next === undefined && flow.bestEffort === true) {
      unhandled.push(outcome.error!)
      next = goingOn(task, nextInOrder)
    }
    if (next === undefined) return { type: 'ended', outcome, unhandled }
    if (next.sleep !== undefined) yield* flow.pause(next.sleep)
    if (flow.leaves?.() === true) return { type: 'left', following: next, passed: passed + 1 }
    if ((passed + 1) % breathAfter === 0) yield* flow.pause(1)
    following = next
  }
}

function limitExceeded(limit: number, task: string): TaskError {
  const message = `${limit.toLocaleString('en')} tasks were run; is there a loop that never ends?`
  return { type: 'LimitExceeded', message, task }
}

/** What comes after a failure that does not matter: what would have come after a success. */
function goingOn(task: TaskIr, nextInOrder: string | undefined): NextTask | undefined {
  const id = task.on_success?.next ?? (task.final === true ? undefined : nextInOrder)
  return id === undefined ? undefined : { id, arrival: { input: {} } }
}
