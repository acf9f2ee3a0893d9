import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts'
import type { LimitName } from '../../core/observation.ts'
import type { TaskError } from '../../core/task-error.ts'
import type { TaskIr } from '../../definition/task-ir.ts'
import { namingHandled } from '../../kinds/shared/handled-failure.ts'
import type { NextTask, Roots, TaskEnd } from '../../kinds/task-context.ts'
import {
  describeValue,
  renderTree,
  TemplateError,
  type Scope,
  type TreeIr,
} from '../../template/sandbox.ts'
import type { TaskRun } from './task-run.ts'
import { failureOf, type TaskFailure } from '../failure.ts'
import type { RunServices } from '../run-services.ts'
import { createScope } from '../scope.ts'
import { noteChange, type TaskProgress } from './task-progress.ts'

/** How a task ended, before what follows is known. `scope` is what its edges and metrics see. */
export interface TaskConclusion {
  readonly status: TaskEnd['status']
  readonly output: JsonValue
  readonly error?: TaskError | undefined
  readonly errors?: readonly TaskError[] | undefined
  readonly next?: string | undefined
  /** The limit that the task itself exceeded. */
  readonly limit?: LimitName | undefined
  readonly scope: Scope
}

/** Returns how a task failed. */
export function failedConclusion(
  { error, errors, limit }: TaskFailure,
  scopeWith: (roots: Roots) => Scope,
): TaskConclusion {
  const scope = scopeWith({ error })
  return { status: 'failed', output: null, error, errors, limit, scope }
}

/**
 * Returns what follows a task. An edge that can't be evaluated is a failure of the task itself,
 * which its `on_error` may handle.
 */
export function findNextTask(
  ended: TaskConclusion,
  running: TaskRun,
  nextInOrder: string | undefined,
  services: RunServices,
): { ended: TaskConclusion; following: NextTask | undefined } {
  const { id, task, record, own, levels, enclosing } = running
  noteEnd(record, ended, services.now())
  noteChange(enclosing.records)
  try {
    return { ended, following: nextTaskOf(ended, running, nextInOrder, services) }
  } catch (thrown) {
    const { error, limit } = failureOf(thrown, { task: id, attempts: record.attempts }, task.place)
    // Who reads of a handler that could not be given its input reads what it was to handle.
    const failure = { error: namingHandled(error, ended.error), errors: ended.errors ?? [], limit }
    const failed = failedConclusion(failure, (roots) =>
      createScope(services, enclosing, { ...own, level: () => levels.edgeFailed(), roots }),
    )
    if (ended.status === 'failed') return { ended: failed, following: undefined }
    return findNextTask(failed, running, nextInOrder, services)
  }
}

function nextTaskOf(
  ended: TaskConclusion,
  running: TaskRun,
  nextInOrder: string | undefined,
  services: RunServices,
): NextTask | undefined {
  const { task, own } = running
  const { status, error, next, scope } = ended
  if (status === 'failed') {
    const { next: handler, with: gives } = task.on_error ?? {}
    if (handler === undefined || error!.type === 'Cancelled') return undefined
    return { id: handler, arrival: { input: edgeInput(gives, scope, task), error: error! } }
  }
  const sleep = status === 'completed' ? task.sleep : undefined
  if (next !== undefined) {
    const passesOn = services.kinds.of(task).passesErrorOn === true
    const handled = passesOn ? own.arrival?.error : undefined
    const arrival = handled === undefined ? { input: {} } : { input: {}, error: handled }
    return afterSleep({ id: next, arrival }, sleep)
  }
  const id = task.on_success?.next ?? (task.final === true ? undefined : nextInOrder)
  if (id === undefined) return undefined
  return afterSleep(
    { id, arrival: { input: edgeInput(task.on_success?.with, scope, task) } },
    sleep,
  )
}

function afterSleep(next: NextTask, sleep: number | undefined): NextTask {
  return sleep === undefined ? next : { ...next, sleep }
}

function edgeInput(tree: TreeIr | undefined, scope: Scope, task: TaskIr): JsonObject {
  const value = tree === undefined ? {} : renderTree(tree, scope)
  if (isJsonObject(value)) return value
  const message = `with of an edge must give an object, got ${describeValue(value)}`
  throw new TemplateError(message, task.place)
}

type NotedEnd = { readonly status: TaskProgress['status'] } & Pick<
  Partial<TaskConclusion>,
  'output' | 'error' | 'errors'
>

/** Notes how a task ended, for `.tasks` and for the view. The task's own edges see it already. */
export function noteEnd(
  record: TaskProgress,
  { status, output, error, errors }: NotedEnd,
  at: number,
): void {
  record.status = status
  record.endedAt = at
  if (output !== undefined) record.output = output
  if (error !== undefined) record.error = error
  if (errors !== undefined) record.errors = errors
}
