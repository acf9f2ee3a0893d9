import { formatDuration } from '../../core/time/duration.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts'
import type { TaskIr } from '../../definition/task-ir.ts'
import type { TaskKind } from '../../kinds/kind.ts'
import { TaskFailed, waitFor, type Steps } from '../../kinds/steps.ts'
import type {
  ChildOptions,
  Roots,
  TaskContext,
  TaskEnd,
  TaskResult,
} from '../../kinds/task-context.ts'
import { renderTree, testCondition, type Scope } from '../../template/sandbox.ts'
import { InnerContext } from './inner-context.ts'
import type { TaskRun } from './task-run.ts'
import { evaluateMetrics, type MetricTrigger } from '../evaluate-metrics.ts'
import { failedConclusion, findNextTask, noteEnd, type TaskConclusion } from './find-next-task.ts'
import { failureOf } from '../failure.ts'
import { pauseBeforeRetry } from './retry.ts'
import type { RunServices } from '../run-services.ts'
import { createScope, type ParentScope } from '../scope.ts'
import { keyOf, taskPathOf } from './task-names.ts'
import { skipsTimer } from './skips-timer.ts'
import { TaskLevels } from './task-levels.ts'
import { entryOf, noteChange, type SiblingTasks, type TaskProgress } from './task-progress.ts'

/**
 * Runs one task from its condition to what follows it. Canceling it ends what it waits for and
 * records it as `canceled`.
 */
export function* runTask(
  services: RunServices,
  task: TaskIr,
  enclosing: ParentScope,
  options: ChildOptions = {},
): Steps<TaskEnd> {
  const running = begin(services, task, enclosing, options)
  const { record } = running
  try {
    if (services.slice.isSpent()) yield* waitFor(services.slice.nextTurn)
    const first = yield* carryOut(services, running)
    const { ended, following } = findNextTask(first, running, options.nextInOrder, services)
    const { status, output, error } = ended
    close(services, running, status, ended)
    services.recorder?.taskEnded(
      keyOf(running),
      { status, output, error, next: following?.id },
      services.now(),
    )
    services.countExcess(ended.limit)
    recordMetrics(services, task, ended)
    return { status, output, error, following }
  } finally {
    if (record.status === 'running') {
      close(services, running, 'canceled', {})
      services.recorder?.taskEnded(keyOf(running), { status: 'canceled' }, services.now())
    }
  }
}

function recordMetrics(
  { celCache, observe }: RunServices,
  { metrics }: TaskIr,
  { status, scope }: TaskConclusion,
): void {
  if (metrics === undefined || status === 'skipped') return
  for (const observation of evaluateMetrics(metrics, metricTriggers[status], scope, celCache))
    observe(observation)
}

const metricTriggers: Readonly<Record<TaskEnd['status'], MetricTrigger>> = {
  completed: 'success',
  failed: 'error',
  skipped: 'neither',
  timed_out: 'neither',
}

function begin(
  services: RunServices,
  task: TaskIr,
  around: ParentScope,
  options: ChildOptions,
): TaskRun {
  const { id = task.id, arrival, roots, item, resumes } = options
  const enclosing: ParentScope =
    roots === undefined && item === undefined
      ? around
      : { ...around, roots: { ...around.roots, ...roots }, item: item ?? around.item }
  services.slice.startTask()
  const last = around.records.records.get(id)
  const resumePoint = resumes === true ? last?.resumePoint : undefined
  const record = resumePoint === undefined ? startRecord(services, task, id, around) : last!
  record.resumePoint = undefined

  let input = resumePoint?.input
  const levels = new TaskLevels(services, task, record, enclosing)
  const level = (): SiblingTasks => levels.running()
  const inputScope = (): Scope =>
    createScope(services, enclosing, { level, input: () => enclosing.input, arrival })
  const own = {
    level,
    input: () => (input ??= taskInput(task, arrival?.input ?? {}, inputScope)),
    arrival,
  }
  const computedInput = (): JsonValue | undefined => (task.with === undefined ? undefined : input)
  const running: TaskRun = { task, id, enclosing, own, levels, record, computedInput }
  const { type } = task
  const { visit } = record
  services.recorder?.taskStarted(
    { key: keyOf(running), path: taskPathOf(running), type, visit },
    services.now(),
  )
  return resumePoint === undefined ? running : { ...running, resumePoint }
}

function startRecord(
  services: RunServices,
  task: TaskIr,
  id: string,
  { records }: ParentScope,
): TaskProgress {
  const last = records.records.get(id)
  const record: TaskProgress = {
    type: task.type,
    visit: (last?.visit ?? 0) + 1,
    startedAt: services.now(),
    status: 'running',
    attempts: 0,
  }
  if (last !== undefined) record.before = entryOf(last)
  // Set anew, so that the latest execution comes last.
  records.records.delete(id)
  records.records.set(id, record)
  noteChange(records)
  return record
}

/** Returns what `with` gives, over what the edge gave. */
function taskInput(task: TaskIr, given: JsonObject, scope: () => Scope): JsonValue {
  if (task.with === undefined) return given
  const value = renderTree(task.with, scope())
  return isJsonObject(value) ? { ...given, ...value } : value
}

function* carryOut(services: RunServices, running: TaskRun): Steps<TaskConclusion> {
  const { task, record, own, enclosing, id, resumePoint } = running
  const kind = services.kinds.of(task)
  try {
    const { condition } = task
    if (condition !== undefined && kind.allows.condition && resumePoint === undefined) {
      if (!testCondition(condition, createScope(services, enclosing, own), services.celCache))
        return {
          status: 'skipped',
          output: null,
          scope: endScope(services, running)({ output: null }),
        }
    }
    const context = new InnerContext(services, running, runTask)
    services.recorder?.inputComputed(keyOf(running), context.input)
    const result = yield* attempts(services, running, kind, context)
    return conclusionOf(result, running, endScope(services, running))
  } catch (thrown) {
    const failure = failureOf(thrown, { task: id, attempts: record.attempts }, task.place)
    return failedConclusion(failure, endScope(services, running))
  }
}

/** What a task's outputs, edges and metrics see at its end. */
function endScope(services: RunServices, running: TaskRun): (roots: Roots) => Scope {
  const { own, levels, enclosing } = running
  const level = (): SiblingTasks => levels.ended()
  return (roots) => createScope(services, enclosing, { ...own, level, roots })
}

/** Returns how a task succeeded. Its `outputs` replace the output of its kind. */
function conclusionOf(
  result: TaskResult,
  { task, record, enclosing }: TaskRun,
  scopeWith: (roots: Roots) => Scope,
) {
  const { status = 'completed', roots, errors, next } = result
  // A container's own outputs see the failures that it tolerated.
  if (errors !== undefined) {
    record.errors = errors
    noteChange(enclosing.records)
  }
  const given = { ...roots, output: result.output }
  const replaced = task.outputs !== undefined && status === 'completed'
  const output = replaced ? renderTree(task.outputs, scopeWith(given)) : result.output
  const conclusion: TaskConclusion = {
    status,
    output,
    errors,
    next,
    scope: scopeWith({ ...given, output }),
  }
  return conclusion
}

/** Makes attempts until one succeeds or the retries are used up. */
function* attempts(
  services: RunServices,
  running: TaskRun,
  kind: TaskKind,
  context: InnerContext,
): Steps<TaskResult> {
  const { task, record, enclosing, resumePoint } = running
  const { recorder } = services
  if (resumePoint?.until?.retry !== undefined) yield* context.pauseFor('retry', 0)
  let goesOn =
    resumePoint !== undefined && resumePoint.until?.retry === undefined && record.attempts > 0
  for (;;) {
    if (!goesOn) record.attempts++
    goesOn = false
    noteChange(enclosing.records)
    recorder?.attemptStarted(keyOf(running), record.attempts, services.now())
    try {
      const begun = attempt(task, kind, context)
      return Symbol.iterator in begun ? yield* begun : begun
    } catch (thrown) {
      const { error } = failureOf(thrown, {}, task.place)
      recorder?.attemptFailed(keyOf(running), record.attempts, error, services.now())
      const pause = pauseBeforeRetry(task.retry, error, record.attempts, services.revision)
      if (pause === undefined) throw thrown
      services.noteAttempt(record, error)
      if (!skipsTimer(pause, services.revision)) yield* context.pauseFor('retry', pause)
    }
  }
}

/** Begins one attempt, within the task's limit unless its kind keeps the time itself. */
function attempt(
  task: TaskIr,
  kind: TaskKind,
  context: TaskContext,
): TaskResult | Steps<TaskResult> {
  const begun = kind.run(task, context)
  const { timeout } = task
  if (!(Symbol.iterator in begun) || timeout === undefined || kind.keepsTime === true) return begun
  return withinLimit(begun, timeout, context)
}

function* withinLimit(
  begun: Steps<TaskResult>,
  timeout: number,
  context: TaskContext,
): Steps<TaskResult> {
  const ended = yield* context.within(timeout, begun)
  if (ended !== undefined) return ended.value
  throw new TaskFailed({
    type: 'TaskTimeout',
    message: `it did not end within ${formatDuration(timeout)}`,
  })
}

/** Records the end of a task and tells monitoring, once. */
function close(
  services: RunServices,
  { task, record, enclosing }: TaskRun,
  status: TaskEnd['status'] | 'canceled',
  ended: Pick<Partial<TaskConclusion>, 'output' | 'error' | 'errors'>,
): void {
  noteEnd(record, { ...ended, status }, services.now())
  // A run that is read from its history may be restarted at this task.
  if (services.recorder !== undefined && (status === 'failed' || status === 'canceled')) {
    const resumePoint = record.toResumePoint?.()
    if (resumePoint !== undefined) record.resumePoint = resumePoint
  } else record.before = undefined
  record.toResumePoint = undefined
  noteChange(enclosing.records)
  services.observe({
    type: 'task_ended',
    taskType: task.type,
    outcome: status,
    durationMs: services.now() - record.startedAt,
  })
}
