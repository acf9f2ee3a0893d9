import { defined } from '../../core/defined.ts'
import type { JsonValue } from '../../core/json.ts'
import type { LimitName } from '../../core/observation.ts'
import { waitFor, type Steps } from '../../kinds/steps.ts'
import type { TaskIr } from '../../definition/task-ir.ts'
import type {
  Group,
  Nest,
  NestOptions,
  ReceivedSignal,
  Roots,
  TaskContext,
} from '../../kinds/task-context.ts'
import {
  evaluateCondition,
  testCondition,
  type ConditionIr,
  type Scope,
} from '../../template/sandbox.ts'
import { checkSize } from '../size/check-size.ts'
import type { RequestAnswer, RunRequest } from '../requests.ts'
import type { RunServices } from '../run-services.ts'
import { createScope, errorRoot, parentOf, type ParentScope } from '../scope.ts'
import { keepOwnSignal } from './keep-own-signal.ts'
import { requestFailure } from './request-failure.ts'
import { skipsTimer } from './skips-timer.ts'
import { evaluateTaskEnv, hasKeys, type TaskEnv } from './task-env.ts'
import { childExecId, keyOf, taskPathOf } from './task-names.ts'
import { createNest, type RunTask } from './task-nest.ts'
import { createSiblings, type ResumePoint, type TimerName } from './task-progress.ts'
import type { TaskRun } from './task-run.ts'
import { TaskTimers } from './task-timers.ts'

type Settled<T> = { readonly value: T } | { readonly thrown: unknown }

/** Turns what is thrown into a value, so that it is thrown where the steps are waited for. */
function* settle<T>(steps: Steps<T>): Steps<Settled<T>> {
  try {
    return { value: yield* steps }
  } catch (thrown) {
    return { thrown }
  }
}

/**
 * The world as a task's attempts see it, and what the interpreter itself does in the task's name. A
 * class, because hundreds of tasks may be open at once, and each would keep a closure for every
 * method.
 */
export class InnerContext implements TaskContext {
  readonly id: string
  readonly input: JsonValue
  readonly kept: JsonValue | undefined
  readonly #services: RunServices
  readonly #running: TaskRun
  readonly #runTask: RunTask
  /** Its place among the waits of the run. */
  readonly #rank: number
  readonly #timers: TaskTimers
  #env: TaskEnv | undefined
  #kindState: (() => JsonValue) | undefined
  #hasNest = false

  constructor(services: RunServices, running: TaskRun, runTask: RunTask) {
    const { id, own, record, resumePoint } = running
    this.#services = services
    this.#running = running
    this.#runTask = runTask
    this.#rank = resumePoint?.rank ?? services.nextRank()
    this.#timers = new TaskTimers(resumePoint?.until)
    this.#env = resumePoint?.env
    this.kept = resumePoint?.kept
    const { kept } = this
    if (kept !== undefined) this.#kindState = () => kept
    record.toResumePoint = () => this.#toResumePoint()
    this.id = id
    this.input = own.input()
  }

  keep(state: () => JsonValue): void {
    this.#kindState = state
  }

  now(): number {
    return this.#services.now()
  }

  scope(roots?: Roots): Scope {
    const { own, enclosing } = this.#running
    return createScope(this.#services, enclosing, { ...own, roots: { ...own.roots, ...roots } })
  }

  test(condition: ConditionIr, roots?: Roots): boolean {
    return testCondition(condition, this.scope(roots), this.#services.celCache)
  }

  evaluate(condition: ConditionIr): JsonValue {
    return evaluateCondition(condition, this.scope(), this.#services.celCache)
  }

  callTool(tool: string, timeoutMs: number): Steps<JsonValue> {
    const { own } = this.#running
    const input = this.#sendable('tool_input', `input of tool "${tool}"`, own.input())
    const taskEnv = this.#taskEnv()
    const { env } = this.#services
    // Temporal gets them as one value.
    if (hasKeys(env) || hasKeys(taskEnv))
      this.#sendable('tool_input', `input and env of tool "${tool}"`, [input, env, taskEnv])
    return this.#request({
      type: 'call_tool',
      tool,
      input,
      env,
      taskEnv,
      timeoutMs,
      taskId: taskPathOf(this.#running),
      attempt: this.#running.record.attempts,
      idempotencyKey: this.#idempotencyKey(),
    })
  }

  *pause(ms: number): Steps<void> {
    if (skipsTimer(ms, this.#services.revision)) this.#timers.end('pause')
    else yield* this.pauseFor('pause', ms)
  }

  /** Pauses; one that an earlier run of the chain began goes on instead. */
  *pauseFor(name: TimerName, ms: number): Steps<void> {
    yield* this.#startTimer(name, ms)
    this.#timers.end(name)
  }

  startChild(workflowId: string, wait: boolean): Steps<JsonValue> {
    const { recorder, now } = this.#services
    const execId = childExecId(this.#services, this.#running, workflowId)
    recorder?.childStarted(keyOf(this.#running), { workflowId, execId }, now())
    const input = this.#sendable(
      'child_input',
      `input of workflow "${workflowId}"`,
      this.#running.own.input(),
    )
    return this.#request({ type: 'start_child', workflowId, execId, input, wait })
  }

  *signalRun(execId: string, name: string, given: JsonValue): Steps<void> {
    const payload = this.#sendable('payload', `payload of signal "${name}"`, given)
    const { revision, execId: own } = this.#services
    if (revision > 7 && execId === own) {
      const { place } = this.#running.task
      return keepOwnSignal(this.#services, { name, payload, place })
    }
    yield* this.#request({ type: 'signal_run', execId, name, payload })
  }

  *publish(name: string, given: JsonValue): Steps<readonly string[]> {
    const payload = this.#sendable('payload', `payload of event "${name}"`, given)
    const idempotencyKey = this.#idempotencyKey()
    const answer = yield* this.#request<{ exec_ids: readonly string[] }>({
      type: 'publish_event',
      name,
      payload,
      idempotencyKey,
    })
    return answer.exec_ids
  }

  *receive(name: string): Steps<ReceivedSignal> {
    const { recorder, signals, now } = this.#services
    recorder?.signalAwaited(keyOf(this.#running), name)
    const signal = yield* waitFor<ReceivedSignal>(signals.receive(name, this.#rank))
    const { payload, receivedAt } = signal
    recorder?.signalTaken(keyOf(this.#running), { name, payload, receivedAt }, now())
    return signal
  }

  refuseSignal(): void {
    this.#services.recorder?.signalRefused(keyOf(this.#running))
  }

  takeRoom(): boolean {
    return this.#services.room.take()
  }

  waitForRoom(): Steps<void> {
    return waitFor(this.#services.room.wait)
  }

  *within<T>(ms: number, steps: Steps<T>): Steps<{ readonly value: T } | undefined> {
    const group = this.group<Settled<T> | undefined>()
    try {
      group.add(0, settle(steps))
      group.add(1, this.#limitTimer(ms))
      const { value } = yield* group.next()
      if (value !== undefined && 'thrown' in value) throw value.thrown
      return value
    } finally {
      group.cancel()
      this.#timers.end('limit')
    }
  }

  group<T>(): Group<T> {
    return this.#services.scheduler.group()
  }

  nest(tasks: readonly TaskIr[], { apart, roots, known = () => [] }: NestOptions = {}): Nest {
    const { enclosing, own, record, levels } = this.#running
    // Only the first nest goes on where an earlier run of the chain stopped.
    const kept = this.#hasNest ? undefined : record.children?.records
    const records = createSiblings(tasks, { outer: enclosing.visible, apart, records: kept })
    this.#hasNest = true
    record.children = records
    levels.open(records, known)
    const inner: ParentScope = {
      visible: apart === true ? enclosing.visible : records,
      records,
      input: own.input(),
      parent: parentOf(enclosing, own.input()),
      roots: { ...enclosing.roots, ...errorRoot(own), ...own.roots, ...roots },
      item: enclosing.item,
      env: this.#taskEnv(),
      path: taskPathOf(this.#running),
      key: keyOf(this.#running),
    }
    const scope = (given: Roots): Scope => this.scope(given)
    const owner = { services: this.#services, runTask: this.#runTask, scope }
    return createNest(owner, tasks, inner, kept)
  }

  #toResumePoint(): ResumePoint {
    const { task, computedInput } = this.#running
    return defined({
      rank: this.#rank,
      input: computedInput(),
      env: task.env === undefined ? undefined : this.#env,
      until: this.#timers.until(),
      kept: this.#kindState?.(),
    })
  }

  #taskEnv(): TaskEnv {
    return (this.#env ??= evaluateTaskEnv(this.#running, () => this.scope()))
  }

  *#request<T extends JsonValue>(asked: RunRequest): Steps<T> {
    // As `waitFor`, without a generator of its own: each open request would keep it.
    const answer = (yield this.#services.requests.send(asked)) as RequestAnswer
    if (!answer.ok) throw requestFailure(asked.type, answer, this.#running.task.place)
    return answer.value as T
  }

  /** Refuses what Temporal would not take. */
  #sendable(name: LimitName, thing: string, value: JsonValue): JsonValue {
    const { place } = this.#running.task
    if (this.#services.revision > 1) checkSize({ thing, value, place }, name)
    return value
  }

  #idempotencyKey(): string {
    return `${this.#services.execId}/${keyOf(this.#running)}`
  }

  #startTimer(name: TimerName, ms: number): Steps<JsonValue> {
    return this.#request({
      type: 'start_timer',
      ms: this.#timers.begin(name, ms, this.#services.now()),
    })
  }

  *#limitTimer(ms: number): Steps<undefined> {
    yield* this.#startTimer('limit', ms)
    return undefined
  }
}
