import type { JsonObject, JsonValue } from '../core/json.ts'
import type { TaskContext, Nest, ChildOptions, TaskEnd, Roots } from '../kinds/task-context.ts'
import type { TaskIr } from '../definition/task-ir.ts'
import { namesNext } from '../kinds/child-tasks.ts'
import { TaskFailed, waitFor, type Steps } from '../kinds/steps.ts'
import {
  evaluateCondition,
  renderTree,
  TemplateError,
  testCondition,
  textOf,
} from '../template/sandbox.ts'
import { createSiblings, type SiblingTasks, type TaskProgress } from './task-progress.ts'
import type { RequestAnswer, RunRequest } from './requests.ts'
import type { RunServices } from './run-services.ts'
import { createScope, parentOf, type ParentScope, type TaskScope } from './scope.ts'

/** A task on its way, with all that its execution knows of it. */
export interface TaskRun {
  readonly task: TaskIr
  readonly id: string
  readonly enclosing: ParentScope
  readonly own: TaskScope
  readonly record: TaskProgress
}

/** Runs a nested task; handed in, because running a task and executing its kind need each other. */
export type RunTask = (
  services: RunServices,
  task: TaskIr,
  enclosing: ParentScope,
  options: ChildOptions,
) => Steps<TaskEnd>

/** Ids of a task and the containers around it, joined by `/`. */
function pathOf({ enclosing, id }: TaskRun): string {
  return enclosing.path === '' ? id : `${enclosing.path}/${id}`
}

/** The same, telling apart the rounds of a loop: `retry/charge~2`. */
function keyOf({ enclosing, id, record }: TaskRun): string {
  const name = record.visit === 1 ? id : `${id}~${record.visit}`
  return enclosing.key === '' ? name : `${enclosing.key}/${name}`
}

/** The task's `env` over what the containers around it gave. */
function taskEnv(
  { task, enclosing }: TaskRun,
  scope: TaskContext['scope'],
): Readonly<Record<string, string>> {
  if (task.env === undefined) return enclosing.env
  const value = renderTree(task.env, scope())
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TemplateError('env must be an object of texts', task.place)
  const texts = Object.entries(value as JsonObject).map(
    ([name, entry]) => [name, textOf(entry)] as const,
  )
  return { ...enclosing.env, ...Object.fromEntries(texts) }
}

/** Turns what is thrown into a value, so that it comes out where the steps are waited for. */
function* settle<T>(steps: Steps<T>): Steps<{ readonly value: T } | { readonly thrown: unknown }> {
  try {
    return { value: yield* steps }
  } catch (thrown) {
    return { thrown }
  }
}

/** The world as one attempt of a task sees it. */
export function createTaskContext(
  services: RunServices,
  running: TaskRun,
  runTask: RunTask,
): TaskContext {
  const { id, enclosing, own, record } = running
  const rank = services.nextRank()
  let below: SiblingTasks | undefined

  const scope = (roots?: Roots) =>
    createScope(services, enclosing, {
      ...own,
      ...(below !== undefined && { level: below }),
      roots: { ...own.roots, ...roots },
    })

  function* request<T extends JsonValue>(asked: RunRequest): Steps<T> {
    const answer = yield* waitFor<RequestAnswer>(services.requests.send(asked))
    if (!answer.ok) throw new TaskFailed(answer.error)
    return answer.value as T
  }

  const context: TaskContext = {
    id,
    input: own.input(),
    now: services.now,
    scope,
    test: (condition, roots) => testCondition(condition, scope(roots), services.celCache),
    evaluate: (condition) => evaluateCondition(condition, scope(), services.celCache),
    callTool: (tool, timeoutMs) =>
      request({
        type: 'call_tool',
        tool,
        input: own.input(),
        env: services.env,
        taskEnv: taskEnv(running, scope),
        timeoutMs,
        taskId: pathOf(running),
        attempt: record.attempts,
        idempotencyKey: `${services.execId}/${keyOf(running)}`,
      }),
    *pause(ms) {
      yield* request({ type: 'start_timer', ms })
    },
    startChild: (workflowId, wait) =>
      request({
        type: 'start_child',
        workflowId,
        execId: childExecId(services, running, workflowId),
        input: own.input(),
        wait,
      }),
    *signalRun(execId, name, payload) {
      yield* request({ type: 'signal_run', execId, name, payload })
    },
    *publish(name, payload) {
      const idempotencyKey = `${services.execId}/${keyOf(running)}`
      const answer = yield* request<{ exec_ids: readonly string[] }>({
        type: 'publish_event',
        name,
        payload,
        idempotencyKey,
      })
      return answer.exec_ids
    },
    receive: (name) => waitFor(services.signals.receive(name, rank)),
    *within<T>(ms: number, steps: Steps<T>) {
      const group = services.scheduler.group<
        { readonly value: T } | { readonly thrown: unknown } | undefined
      >()
      try {
        group.add(0, settle(steps))
        group.add(1, timer(ms))
        const { value } = yield* group.next()
        if (value !== undefined && 'thrown' in value) throw value.thrown
        return value
      } finally {
        group.cancel()
      }
    },
    group: () => services.scheduler.group(),
    nest(tasks, { apart, roots } = {}): Nest {
      const records = createSiblings(tasks, enclosing.visible)
      record.children = records
      below = records
      const inner: ParentScope = {
        visible: apart === true ? enclosing.visible : records,
        records,
        input: own.input(),
        parent: parentOf(enclosing, own.input()),
        roots: { ...enclosing.roots, ...errorRoot(running), ...own.roots, ...roots },
        ...(enclosing.item !== undefined && { item: enclosing.item }),
        env: taskEnv(running, scope),
        path: pathOf(running),
        key: keyOf(running),
      }
      return {
        get isListed() {
          return !tasks.some((task) => namesNext(task, services.kinds))
        },
        run: (task, options = {}) => runTask(services, task, inner, options),
        outputOf: (child) => records.records.get(child)?.output ?? null,
      }
    },
  }

  function* timer(ms: number): Steps<undefined> {
    yield* context.pause(ms)
    return undefined
  }
  return context
}

function errorRoot({ own }: TaskRun): Roots {
  const error = own.arrival?.error
  return error === undefined ? {} : { error: error as unknown as JsonObject }
}

/** The longest exec_id that is made of its parent's. */
const longestChildId = 200

/** Names a child run after its parent and its task; deep descendants, whose names would grow, get one of their own. */
function childExecId(services: RunServices, running: TaskRun, workflowId: string): string {
  const { attempts } = running.record
  const key = keyOf(running).replaceAll('/', '.')
  const name = `${services.execId}.${key}${attempts > 1 ? `-${attempts}` : ''}`
  return name.length <= longestChildId ? name : `${workflowId}-${services.uuid()}`
}
