import { defined } from '../../core/defined.ts'
import type { JsonObject, JsonValue } from '../../core/json.ts'
import type { LimitName } from '../../core/observation.ts'
import type { TaskError } from '../../core/task-error.ts'
import { namesNext } from '../../kinds/shared/child-tasks.ts'
import { TaskFailed, waitFor, type Steps } from '../../kinds/steps.ts'
import type { TaskIr } from '../../definition/task-ir.ts'
import type {
  ChildOptions,
  Nest,
  ReceivedSignal,
  Roots,
  TaskContext,
  TaskEnd,
} from '../../kinds/task-context.ts'
import { evaluateCondition, renderTree, testCondition, textOf } from '../../template/sandbox.ts'
import { checkSize } from '../size/check-size.ts'
import type { RequestAnswer, RunRequest } from '../requests.ts'
import type { RunServices } from '../run-services.ts'
import { createScope, errorRoot, parentOf, type ParentScope, type TaskScope } from '../scope.ts'
import { keepOwnSignal } from './keep-own-signal.ts'
import { skipsTimer } from './skips-timer.ts'
import { childExecId, keyOf, taskPathOf } from './task-names.ts'
import type { TaskLevels } from './task-levels.ts'
import {
  createSiblings,
  type SiblingTasks,
  type ResumePoint,
  type TaskProgress,
  type TimerName,
} from './task-progress.ts'

/** A task in progress, with all that its execution knows of it. */
export interface TaskRun {
  readonly task: TaskIr
  readonly id: string
  readonly enclosing: ParentScope
  readonly own: TaskScope
  readonly levels: TaskLevels
  readonly record: TaskProgress
  /** Its input, when `with` was evaluated. */
  readonly computedInput: () => JsonValue | undefined
  /** Where an earlier run of the chain stopped the task. */
  readonly resumePoint?: ResumePoint
}

/** Runs a nested task. Handed in, because running a task and its kind need each other. */
export type RunTask = (
  services: RunServices,
  task: TaskIr,
  enclosing: ParentScope,
  options: ChildOptions,
) => Steps<TaskEnd>

/** What the interpreter itself does in a task's name, besides what the kind may do. */
export interface InnerContext extends TaskContext {
  /** Pauses; one that an earlier run of the chain began goes on instead. */
  pauseFor(name: TimerName, ms: number): Steps<void>
}

/** Evaluates the task's `env`, over what the containers around it gave. */
function evaluateEnv(
  { task, enclosing }: TaskRun,
  scope: TaskContext['scope'],
): Readonly<Record<string, string>> {
  if (task.env === undefined) return enclosing.env
  // The loader takes nothing but a mapping.
  const value = renderTree(task.env, scope()) as JsonObject
  const texts = Object.entries(value).map(([name, entry]) => [name, textOf(entry)] as const)
  return { ...enclosing.env, ...Object.fromEntries(texts) }
}

/** Turns what is thrown into a value, so that it is thrown where the steps are waited for. */
function* settle<T>(steps: Steps<T>): Steps<{ readonly value: T } | { readonly thrown: unknown }> {
  try {
    return { value: yield* steps }
  } catch (thrown) {
    return { thrown }
  }
}

/** Creates the world as a task's attempts see it. */
export function createTaskContext(
  services: RunServices,
  running: TaskRun,
  runTask: RunTask,
): InnerContext {
  const { id, task, enclosing, own, levels, record, resumePoint } = running
  const rank = resumePoint?.rank ?? services.nextRank()
  const timers = createTimers(services, resumePoint)
  let below: SiblingTasks | undefined
  let env: Readonly<Record<string, string>> | undefined = resumePoint?.env
  let kindState: (() => JsonValue) | undefined =
    resumePoint?.kept === undefined ? undefined : () => resumePoint.kept!

  record.toResumePoint = () =>
    defined({
      rank,
      input: running.computedInput(),
      env: task.env === undefined ? undefined : env,
      until: timers.until(),
      kept: kindState?.(),
    })

  const scope = (roots?: Roots) =>
    createScope(services, enclosing, { ...own, roots: { ...own.roots, ...roots } })

  const taskEnv = (): Readonly<Record<string, string>> => (env ??= evaluateEnv(running, scope))

  function* request<T extends JsonValue>(asked: RunRequest): Steps<T> {
    const answer = yield* waitFor<RequestAnswer>(services.requests.send(asked))
    if (!answer.ok) {
      const error = withPlace(answer.error, task.place)
      throw new TaskFailed(error, [], exceededLimit(asked, answer))
    }
    return answer.value as T
  }

  /** Refuses what Temporal would not take. */
  const sendable = (name: LimitName, thing: string, value: JsonValue): JsonValue => {
    if (services.revision > 1) checkSize({ thing, value, place: task.place }, name)
    return value
  }

  const idempotencyKey = (): string => `${services.execId}/${keyOf(running)}`

  function* pauseFor(name: TimerName, ms: number): Steps<void> {
    yield* request({ type: 'start_timer', ms: timers.begin(name, ms) })
    timers.end(name)
  }

  const context: InnerContext = {
    id,
    input: own.input(),
    kept: resumePoint?.kept,
    keep(state) {
      kindState = state
    },
    now: services.now,
    scope,
    test: (condition, roots) => testCondition(condition, scope(roots), services.celCache),
    evaluate: (condition) => evaluateCondition(condition, scope(), services.celCache),
    callTool(tool, timeoutMs) {
      const input = sendable('tool_input', `input of tool "${tool}"`, own.input())
      const env = taskEnv()
      // Temporal gets them as one value.
      if (hasKeys(services.env) || hasKeys(env))
        sendable('tool_input', `input and env of tool "${tool}"`, [input, services.env, env])
      return request({
        type: 'call_tool',
        tool,
        input,
        env: services.env,
        taskEnv: env,
        timeoutMs,
        taskId: taskPathOf(running),
        attempt: record.attempts,
        idempotencyKey: idempotencyKey(),
      })
    },
    *pause(ms) {
      if (skipsTimer(ms, services.revision)) timers.end('pause')
      else yield* pauseFor('pause', ms)
    },
    pauseFor,
    startChild(workflowId, wait) {
      const execId = childExecId(services, running, workflowId)
      services.recorder?.childStarted(keyOf(running), { workflowId, execId }, services.now())
      return request({
        type: 'start_child',
        workflowId,
        execId,
        input: sendable('child_input', `input of workflow "${workflowId}"`, own.input()),
        wait,
      })
    },
    *signalRun(execId, name, given) {
      const payload = sendable('payload', `payload of signal "${name}"`, given)
      if (services.revision > 7 && execId === services.execId)
        return keepOwnSignal(services, { name, payload, place: task.place })
      yield* request({ type: 'signal_run', execId, name, payload })
    },
    *publish(name, given) {
      const payload = sendable('payload', `payload of event "${name}"`, given)
      const answer = yield* request<{ exec_ids: readonly string[] }>({
        type: 'publish_event',
        name,
        payload,
        idempotencyKey: idempotencyKey(),
      })
      return answer.exec_ids
    },
    *receive(name) {
      services.recorder?.signalAwaited(keyOf(running), name)
      const signal = yield* waitFor<ReceivedSignal>(services.signals.receive(name, rank))
      const { payload, receivedAt } = signal
      const taken = { name, payload, receivedAt }
      services.recorder?.signalTaken(keyOf(running), taken, services.now())
      return signal
    },
    refuseSignal: () => services.recorder?.signalRefused(keyOf(running)),
    takeRoom: services.room.take,
    waitForRoom: () => waitFor(services.room.wait),
    *within<T>(ms: number, steps: Steps<T>) {
      const group = services.scheduler.group<
        { readonly value: T } | { readonly thrown: unknown } | undefined
      >()
      try {
        group.add(0, settle(steps))
        group.add(1, limitTimer(ms))
        const { value } = yield* group.next()
        if (value !== undefined && 'thrown' in value) throw value.thrown
        return value
      } finally {
        group.cancel()
        timers.end('limit')
      }
    },
    group: () => services.scheduler.group(),
    nest(tasks, { apart, roots, known = () => [] } = {}): Nest {
      // Only the first nest goes on where an earlier run of the chain stopped.
      const kept = below === undefined ? record.children?.records : undefined
      const records = createSiblings(tasks, { outer: enclosing.visible, apart, records: kept })
      record.children = records
      below = records
      levels.open(records, known)
      const inner: ParentScope = {
        visible: apart === true ? enclosing.visible : records,
        records,
        input: own.input(),
        parent: parentOf(enclosing, own.input()),
        roots: { ...enclosing.roots, ...errorRoot(own), ...own.roots, ...roots },
        item: enclosing.item,
        env: taskEnv(),
        path: taskPathOf(running),
        key: keyOf(running),
      }
      return {
        get isListed() {
          return !tasks.some((child) => namesNext(child, services.kinds))
        },
        scope: (given) => scope(services.revision > 7 ? { ...given, parent: inner.parent } : given),
        run: (child, options = {}) => runTask(services, child, inner, options),
        outputOf: (child) => records.records.get(child)?.output ?? null,
        endOf: (child) => (kept === undefined ? undefined : endOf(kept.get(child))),
        isUnderWay: (child) => kept?.get(child)?.resumePoint !== undefined,
        hasEnded: (child) => endOf(records.records.get(child)) !== undefined,
      }
    },
  }

  function* limitTimer(ms: number): Steps<undefined> {
    yield* request({ type: 'start_timer', ms: timers.begin('limit', ms) })
    return undefined
  }
  return context
}

/** How a task ended, as its container sees it; undefined for one that did not. */
function endOf(record: TaskProgress | undefined): TaskEnd | undefined {
  if (record === undefined) return undefined
  const { status, output = null, error } = record
  if (status === 'running' || status === 'pending' || status === 'canceled') return undefined
  return error === undefined ? { status, output } : { status, output, error }
}

/** The ends of a task's timers, which the next run of the chain keeps. */
function createTimers(services: RunServices, resumePoint: ResumePoint | undefined) {
  const until: Partial<Record<TimerName, number>> = { ...resumePoint?.until }
  const inherited = new Set(Object.keys(until))
  return {
    /** Returns how long the timer has to run, ms. */
    begin(name: TimerName, ms: number): number {
      const now = services.now()
      if (!inherited.delete(name)) until[name] = now + ms
      return Math.max(0, until[name]! - now)
    },
    end(name: TimerName): void {
      delete until[name]
      inherited.delete(name)
    },
    until: () => (Object.keys(until).length === 0 ? undefined : { ...until }),
  }
}

/** The limit that a refused request exceeded, where its answer does not name another. */
const limitsOfRequests = {
  call_tool: 'tool_output',
  start_child: 'child_input',
  signal_run: 'kept_signals',
  publish_event: 'payload',
  start_timer: 'other',
  ask_parent_room: 'history',
} as const satisfies Record<RunRequest['type'], LimitName>

function exceededLimit(
  { type }: RunRequest,
  { error, limit }: Extract<RequestAnswer, { ok: false }>,
): LimitName | undefined {
  if (error.type !== 'LimitExceeded' || limit === 'counted') return undefined
  return limit ?? limitsOfRequests[type]
}

/** Puts the place of the task before what a worker found too large: only the run knows it. */
function withPlace(error: TaskError, place: string): TaskError {
  if (error.type !== 'LimitExceeded') return error
  return { ...error, message: `${place}: ${error.message}` }
}

function hasKeys(env: Readonly<Record<string, string>>): boolean {
  for (const _ in env) return true
  return false
}
