import { formatDuration } from '../core/duration.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../core/json.ts'
import type { TaskError } from '../core/task-error.ts'
import type {
  TaskContext,
  NextTask,
  ChildOptions,
  TaskEnd,
  TaskResult,
  Roots,
} from '../kinds/task-context.ts'
import type { TaskIr } from '../definition/task-ir.ts'
import type { TaskKind } from '../kinds/kind.ts'
import { TaskFailed, type Steps } from '../kinds/steps.ts'
import {
  renderTree,
  TemplateError,
  testCondition,
  type Scope,
  type TreeIr,
} from '../template/sandbox.ts'
import { createTaskContext, type TaskRun } from './create-task-context.ts'
import { failureOf } from './failure.ts'
import { entryOf, type TaskProgress } from './task-progress.ts'
import { evaluateMetrics } from './evaluate-metrics.ts'
import { pauseBeforeRetry } from './retry.ts'
import type { RunServices } from './run-services.ts'
import { createScope, type ParentScope } from './scope.ts'

/** How a task ended, before what follows is known. `scope` is what its edges and metrics see. */
interface TaskOutcome {
  readonly status: TaskEnd['status']
  readonly output: JsonValue
  readonly error?: TaskError
  readonly errors?: readonly TaskError[]
  readonly next?: string
  readonly scope: Scope
}

/**
 * Runs one task from its condition to what follows it. Cancelling it ends what it waits for and records it as
 * `canceled`.
 */
export function* runTask(
  services: RunServices,
  task: TaskIr,
  enclosing: ParentScope,
  options: ChildOptions = {},
): Steps<TaskEnd> {
  const running = begin(services, task, enclosing, options)
  const { record } = running
  let outcome: TaskEnd | undefined
  try {
    const first = yield* carryOut(services, running)
    const { ended, following } = withFollowing(first, running, options.nextInOrder, services)
    const { status, output, error } = ended
    close(services, running, status, ended)
    if (status !== 'skipped' && task.metrics !== undefined) {
      const ending = status === 'completed' ? 'success' : status === 'failed' ? 'error' : 'neither'
      for (const observation of evaluateMetrics(
        task.metrics,
        ending,
        ended.scope,
        services.celCache,
      ))
        services.observe(observation)
    }
    outcome = {
      status,
      output,
      ...(error !== undefined && { error }),
      ...(following !== undefined && { following }),
    }
    return outcome
  } finally {
    if (outcome === undefined && record.status === 'running')
      close(services, running, 'canceled', {})
  }
}

function begin(
  services: RunServices,
  task: TaskIr,
  around: ParentScope,
  options: ChildOptions,
): TaskRun {
  const { id = task.id, arrival, roots, item } = options
  const { records } = around
  const enclosing: ParentScope =
    roots === undefined && item === undefined
      ? around
      : { ...around, roots: { ...around.roots, ...roots }, ...(item !== undefined && { item }) }
  const last = records.records.get(id)
  const record: TaskProgress = {
    type: task.type,
    visit: (last?.visit ?? 0) + 1,
    startedAt: services.now(),
    status: 'running',
    attempts: 0,
    ...(last !== undefined && { before: entryOf(last) }),
  }
  // Set anew, so that the latest execution comes last.
  records.records.delete(id)
  records.records.set(id, record)
  records.revision++

  let input: JsonValue | undefined
  const level = enclosing.visible
  const inputScope = (): Scope =>
    createScope(services, enclosing, {
      level,
      input: () => enclosing.input,
      ...(arrival && { arrival }),
    })
  const own = {
    level,
    input: () => (input ??= taskInput(task, arrival?.input ?? {}, inputScope)),
    ...(arrival && { arrival }),
  }
  return { task, id, enclosing, own, record }
}

/** What `with` gives, over what the edge gave. */
function taskInput(task: TaskIr, given: JsonObject, scope: () => Scope): JsonValue {
  if (task.with === undefined) return given
  const value = renderTree(task.with, scope())
  return isJsonObject(value) ? { ...given, ...value } : value
}

function* carryOut(services: RunServices, running: TaskRun): Steps<TaskOutcome> {
  const { task, record, own, enclosing, id } = running
  const scopeWith = (roots: Roots, from?: TaskContext): Scope =>
    from?.scope(roots) ?? createScope(services, enclosing, { ...own, roots })
  let context: TaskContext | undefined
  const kind = services.kinds.of(task)
  try {
    const { condition } = task
    if (condition !== undefined && kind.allows.condition) {
      if (!testCondition(condition, scopeWith({}), services.celCache))
        return { status: 'skipped', output: null, scope: scopeWith({ output: null }) }
    }
    context = createTaskContext(services, running, runTask)
    const result = yield* attempts(running, kind, context)
    const { status = 'completed', roots, errors, next } = result
    // The failures that a container put up with are there for its own outputs already.
    if (errors !== undefined) {
      record.errors = errors
      enclosing.records.revision++
    }
    const given = { ...roots, output: result.output }
    const replaced = task.outputs !== undefined && status === 'completed'
    const output = replaced ? renderTree(task.outputs, context.scope(given)) : result.output
    return {
      status,
      output,
      ...(errors !== undefined && { errors }),
      ...(next !== undefined && { next }),
      scope: context.scope({ ...given, output }),
    }
  } catch (thrown) {
    const { error, errors } = failureOf(thrown, { task: id, attempts: record.attempts })
    return failed(error, errors, scopeWith({ error: asJson(error) }, context))
  }
}

function failed(error: TaskError, errors: readonly TaskError[], scope: Scope): TaskOutcome {
  return { status: 'failed', output: null, error, errors, scope }
}

function asJson(error: TaskError): JsonObject {
  return error as unknown as JsonObject
}

/** Attempts until one succeeds or the retries are used up. */
function* attempts(
  { task, record, enclosing }: TaskRun,
  kind: TaskKind,
  context: TaskContext,
): Steps<TaskResult> {
  for (;;) {
    record.attempts++
    enclosing.records.revision++
    try {
      return yield* attempt(task, kind, context)
    } catch (thrown) {
      const { error } = failureOf(thrown)
      const pause = pauseBeforeRetry(task.retry, error, record.attempts)
      if (pause === undefined) throw thrown
      yield* context.pause(pause)
    }
  }
}

/** One attempt, within the task's limit; where its kind does not keep the time itself. */
function* attempt(task: TaskIr, kind: TaskKind, context: TaskContext): Steps<TaskResult> {
  const begun = kind.run(task, context)
  if (!(Symbol.iterator in begun)) return begun
  const { timeout } = task
  if (timeout === undefined || kind.keepsTime === true) return yield* begun
  const ended = yield* context.within(timeout, begun)
  if (ended !== undefined) return ended.value
  throw new TaskFailed({
    type: 'TaskTimeout',
    message: `it did not end within ${formatDuration(timeout)}`,
  })
}

/** What follows; an edge that can't be evaluated is a failure of the task itself, which its `on_error` may handle. */
function withFollowing(
  ended: TaskOutcome,
  running: TaskRun,
  nextInOrder: string | undefined,
  services: RunServices,
): { ended: TaskOutcome; following: NextTask | undefined } {
  const { id, record, own, enclosing } = running
  note(record, ended, services.now())
  enclosing.records.revision++
  try {
    return { ended, following: followingOf(ended, running, nextInOrder, services) }
  } catch (thrown) {
    const { error } = failureOf(thrown, { task: id, attempts: record.attempts })
    const scope = createScope(services, enclosing, { ...own, roots: { error: asJson(error) } })
    const now = failed(error, ended.errors ?? [], scope)
    if (ended.status === 'failed') return { ended: now, following: undefined }
    return withFollowing(now, running, nextInOrder, services)
  }
}

function followingOf(
  ended: TaskOutcome,
  { task, own }: TaskRun,
  nextInOrder: string | undefined,
  { kinds }: RunServices,
): NextTask | undefined {
  const { status, error, next, scope } = ended
  if (status === 'failed') {
    const { next: handler, with: gives } = task.on_error ?? {}
    if (handler === undefined || error!.type === 'Cancelled') return undefined
    return { id: handler, arrival: { input: edgeInput(gives, scope, task), error: error! } }
  }
  const sleep = status === 'completed' && task.sleep !== undefined && { sleep: task.sleep }
  // What a router routes to sees the failure that the router was to handle.
  if (next !== undefined) {
    const handled = kinds.of(task).passesErrorOn === true ? own.arrival?.error : undefined
    return { id: next, arrival: { input: {}, ...(handled && { error: handled }) }, ...sleep }
  }
  const id = task.on_success?.next ?? (task.final === true ? undefined : nextInOrder)
  return id === undefined
    ? undefined
    : { id, arrival: { input: edgeInput(task.on_success?.with, scope, task) }, ...sleep }
}

function edgeInput(tree: TreeIr | undefined, scope: Scope, task: TaskIr): JsonObject {
  const value = tree === undefined ? {} : renderTree(tree, scope)
  if (isJsonObject(value)) return value
  throw new TemplateError('with of an edge must give an object', task.place)
}

/** Notes how a task ended, for `.tasks` and for the view; its own edges see it there already. */
function note(
  record: TaskProgress,
  {
    status,
    output,
    error,
    errors,
  }: { readonly status: TaskProgress['status'] } & Pick<
    Partial<TaskOutcome>,
    'output' | 'error' | 'errors'
  >,
  at: number,
): void {
  record.status = status
  record.endedAt = at
  if (output !== undefined) record.output = output
  if (error !== undefined) record.error = error
  if (errors !== undefined) record.errors = errors
}

/** Records the end of a task and tells monitoring, once. */
function close(
  services: RunServices,
  { task, record, enclosing }: TaskRun,
  status: TaskEnd['status'] | 'canceled',
  ended: Pick<Partial<TaskOutcome>, 'output' | 'error' | 'errors'>,
): void {
  note(record, { ...ended, status }, services.now())
  delete record.before
  enclosing.records.revision++
  services.observe({
    type: 'task_ended',
    taskType: task.type,
    outcome: status,
    durationMs: services.now() - record.startedAt,
  })
}
