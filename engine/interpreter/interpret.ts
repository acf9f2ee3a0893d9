import type { JsonObject, JsonValue } from '../core/json.ts'
import type { TaskError } from '../core/task-error.ts'
import type { NextTask, Roots } from '../kinds/task-context.ts'
import { standardKinds } from '../kinds/index.ts'
import type { TaskKinds } from '../kinds/kind.ts'
import { runFlow } from '../kinds/shared/run-flow.ts'
import { waitFor, type Steps } from '../kinds/steps.ts'
import { renderTree, type Scope } from '../template/sandbox.ts'
import { snapshotToJson, snapshotFromJson } from './run-snapshot.ts'
import { failureOf } from './failure.ts'
import type { RunStart } from '../definition/workflow-ir.ts'
import { createSiblings, viewOf } from './task-progress.ts'
import { evaluateMetrics, type MetricTrigger } from './evaluate-metrics.ts'
import type { Command, Run, RunContext, RunEvent } from '../definition/run-protocol.ts'
import { createRequests } from './requests.ts'
import type { RunServices } from './run-services.ts'
import { runTask } from './run-task.ts'
import { createScheduler } from './scheduler.ts'
import { createScope, runRoots, topScope } from './scope.ts'
import { createSignals } from './signals.ts'

/** How a run is to be closed; its command is the last one of a step. */
type RunEnd =
  | { readonly type: 'complete'; readonly output: JsonValue }
  | { readonly type: 'fail'; readonly error: TaskError }
  | { readonly type: 'continue_as_new'; readonly following: NextTask; readonly passed: number }
  | { readonly type: 'canceled' }

/**
 * Interprets one run of a workflow: events in, commands out, without time, chance or I/O of its own, so that a replay
 * of the same events gives the same commands. An exception out of `step` is a defect of the engine's, never the
 * failure of a task.
 *
 * @example
 * const run = createRun(start, { execId, startedAt, uuid })
 * run.step([{ type: 'started' }], now, false) // [{ type: 'call_tool', seq: 1, … }]
 */
export function createRun(
  start: RunStart,
  context: RunContext,
  kinds: TaskKinds = standardKinds,
): Run {
  const { definition, input } = start
  const { tasks } = definition
  const carried = start.carried === undefined ? undefined : snapshotFromJson(start.carried, tasks)
  const level = carried?.level ?? createSiblings(tasks)
  const enclosing = topScope(level, input)
  const signals = createSignals(carried?.signals)
  const scheduler = createScheduler()
  let commands: Command[] = []
  let now = context.startedAt
  let historyIsLong = false
  let closing: RunEnd | undefined
  let isClosed = false
  let lastRank = 0

  const requests = createRequests((command) => commands.push(command))
  const services: RunServices = {
    execId: context.execId,
    kinds,
    roots: runRoots(start, context.execId),
    env: definition.env,
    now: () => now,
    uuid: context.uuid,
    scheduler,
    requests,
    signals,
    celCache: new Map(),
    observe: (observation) => commands.push({ type: 'observe', observation }),
    nextRank: () => ++lastRank,
  }

  const scope = (roots: Roots): Scope =>
    createScope(services, enclosing, { level, input: () => input, roots })

  function* main(): Steps<RunEnd> {
    const end = yield* runFlow({
      tasks,
      limit: definition.maxTasks,
      ...(carried !== undefined && { from: carried.following, passed: carried.passed }),
      run: (task, { arrival }) => runTask(services, task, enclosing, { arrival }),
      *pause(ms) {
        yield* waitFor(requests.send({ type: 'start_timer', ms }))
      },
      leaves: () => historyIsLong,
    })
    if (end.type === 'left') return { ...end, type: 'continue_as_new' }
    if (end.type === 'limit') return { type: 'fail', error: end.error }
    const { error, output } = end.outcome
    return error === undefined ? complete(output) : { type: 'fail', error }
  }

  function complete(last: JsonValue): RunEnd {
    if (definition.outputs === undefined) return { type: 'complete', output: last }
    try {
      return { type: 'complete', output: renderTree(definition.outputs, scope({ output: last })) }
    } catch (thrown) {
      return { type: 'fail', error: failureOf(thrown).error }
    }
  }

  function close(how: RunEnd): void {
    isClosed = true
    if (how.type === 'continue_as_new') {
      const { following, passed } = how
      const startedAt = carried?.startedAt ?? context.startedAt
      const state = snapshotToJson({
        startedAt,
        passed,
        following,
        level,
        signals: signals.pending(),
      })
      commands.push({ type: 'continue_as_new', carried: state })
      return
    }
    if (how.type === 'complete') recordRunMetrics('success', { output: how.output })
    if (how.type === 'fail')
      recordRunMetrics('error', { error: how.error as unknown as JsonObject })
    commands.push(how)
  }

  function recordRunMetrics(ending: MetricTrigger, roots: Roots): void {
    const observed = evaluateMetrics(
      definition.metrics ?? [],
      ending,
      scope(roots),
      services.celCache,
    )
    for (const observation of observed) services.observe(observation)
  }

  const fiber = scheduler.start(main(), (how) => (closing = how))

  function take(event: RunEvent): void {
    switch (event.type) {
      case 'started':
        return
      case 'resolved':
        return requests.answer(event.seq, { ok: true, value: event.value })
      case 'rejected':
        return requests.answer(event.seq, { ok: false, error: event.error })
      case 'signal':
        return signals.deliver({
          id: event.id,
          payload: event.payload,
          receivedAt: event.receivedAt,
        })
      case 'cancel_requested':
        fiber.cancel()
        // A run that ended in this very step has its result; one that was about to go on has none.
        if (closing === undefined || closing.type === 'continue_as_new')
          closing = { type: 'canceled' }
    }
  }

  return {
    step(events, at, isLong) {
      commands = []
      if (isClosed) return commands
      now = at
      historyIsLong = isLong
      for (const event of events) {
        take(event)
        scheduler.drain()
        if (closing === undefined) requests.sendQueued()
      }
      if (closing !== undefined) close(closing)
      return commands
    },
    view: () => ({
      tasks: viewOf(level),
      waiting_for: signals.waitingFor(),
      pending_signals: signals.pendingCount,
    }),
  }
}
