import type { JsonObject, JsonValue } from '../../core/json.ts'
import type { TaskError } from '../../core/task-error.ts'
import type { TaskContext, TaskEnd } from '../task-context.ts'
import { TaskFailed, type Steps } from '../steps.ts'
import type { Strategy } from './strategy.ts'

/** One child that is ready to run. */
export interface Child {
  readonly id: string
  /** How it ended before the run continued as new. */
  readonly end?: TaskEnd | undefined
  /** It had started before the run continued as new: it resumes at once. */
  readonly isUnderWay: boolean
  readonly start: () => Steps<TaskEnd>
}

/** How children are run. */
export interface ChildrenPlan {
  readonly strategy: Strategy
  /** How many at once; 0: all. */
  readonly workers: number
  /** How many must end before the next batch begins; 0: all. */
  readonly batch: number
}

/** The outputs of children in their order, and the winner of a race that was won. */
export interface ChildrenResult {
  readonly outputs: readonly JsonValue[]
  readonly errors: readonly TaskError[]
  readonly winner?: { readonly id: string; readonly output: JsonValue }
}

/** Failures that a message names; the error's cause has all. */
const toldFailures = 3

/** Returns the failure of a container for the failures of its children. */
export function childrenFailed(errors: readonly TaskError[], total: number): TaskFailed {
  const told = errors.slice(0, toldFailures).map(({ task, message }) => `${task}: ${message}`)
  const more = errors.length > toldFailures ? `; and ${errors.length - toldFailures} more` : ''
  const message = `${errors.length} of ${total} tasks failed: ${told.join('; ')}${more}`
  const cause = { errors }
  return new TaskFailed({ type: 'ChildFailed', message, cause }, errors)
}

function indexesWithout(
  ends: readonly (TaskEnd | undefined)[],
  begin: number,
  end: number,
): readonly number[] {
  const indexes: number[] = []
  for (let at = begin; at < end; at++) if (ends[at] === undefined) indexes.push(at)
  return indexes
}

/** Key of the wait for room among the children, whose keys are their indexes. */
const roomKey = -1

/** Runs children until the strategy is decided, then cancels the rest. */
function* runUntilSettled(
  children: readonly Child[],
  plan: ChildrenPlan,
  context: TaskContext,
): Steps<readonly (TaskEnd | undefined)[]> {
  const { strategy, workers, batch } = plan
  const ends = children.map((child) => child.end)
  const group = context.group<TaskEnd | undefined>()
  let waitsForRoom = false
  const size = batch === 0 ? children.length : batch
  try {
    for (let begin = 0; begin < children.length; begin += size) {
      const end = Math.min(begin + size, children.length)
      const atOnce = workers === 0 ? size : workers
      const open = indexesWithout(ends, begin, end)
      let started = 0
      let ended = 0
      while (ended < open.length) {
        while (!waitsForRoom && started < open.length && started - ended < atOnce) {
          const index = open[started]!
          const child = children[index]!
          if (child.isUnderWay || context.takeRoom()) {
            group.add(index, child.start())
            started++
          } else {
            waitsForRoom = true
            group.add(roomKey, waitForRoom(context))
          }
        }
        const { key, value } = yield* group.next()
        if (value === undefined) {
          waitsForRoom = false
          continue
        }
        ended++
        ends[key] = value
        if (strategy === 'fail_fast' && value.status === 'failed') return ends
        if (strategy === 'race' && value.status === 'completed') return ends
      }
    }
    return ends
  } finally {
    group.cancel()
  }
}

function* waitForRoom(context: TaskContext): Steps<undefined> {
  yield* context.waitForRoom()
  return undefined
}

/**
 * Runs the children of a parallel or a collection by their strategy.
 * @throws TaskFailed `ChildFailed`, with every failure in `cause.errors`, unless the strategy
 * tolerates it
 */
export function* runChildren(
  children: readonly Child[],
  plan: ChildrenPlan,
  context: TaskContext,
): Steps<ChildrenResult> {
  const ends = yield* runUntilSettled(children, plan, context)
  const errors = ends.flatMap((end) => (end?.error === undefined ? [] : [end.error]))
  const outputs = ends.map((end) => end?.output ?? null)
  if (plan.strategy === 'race') {
    const first = ends.findIndex((end) => end?.status === 'completed')
    if (first >= 0)
      return { outputs, errors, winner: { id: children[first]!.id, output: outputs[first]! } }
  }
  if (errors.length > 0 && plan.strategy !== 'best_effort')
    throw childrenFailed(errors, children.length)
  return { outputs, errors }
}

/** A race's output. Nobody wins if every child was skipped. */
export function raceOutput({ winner }: ChildrenResult): JsonObject {
  return { winner: winner?.id ?? null, output: winner?.output ?? null }
}
