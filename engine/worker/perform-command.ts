import {
  CancellationScope,
  executeChild,
  getExternalWorkflowHandle,
  ParentClosePolicy,
  proxyActivities,
  sleep,
  startChild,
} from '@temporalio/workflow'
import { defined } from '../core/defined.ts'
import { maximumDurationMs } from '../core/time/duration.ts'
import type { JsonValue } from '../core/json.ts'
import type { RunStart } from '../definition/workflow-ir.ts'
import type { Command, RunEvent, RunResult } from '../definition/run-protocol.ts'
import {
  commandErrorOf,
  exceededLimitOf,
  type DispatchedCommand,
} from '../infra/temporal/command-errors.ts'
import { foreignResult, isToolResult } from '../infra/temporal/tool-result.ts'
import { observe } from '../infra/monitoring/sandbox.ts'
import {
  askParentRoom,
  checkSignal,
  numbered,
  prepareChild,
  type CommandedRun,
  type FlyingRun,
} from './ask-before.ts'
import type { EventDelivery } from './delivery/event-delivery.ts'
import { Preparations } from './preparations.ts'
import type { EngineActivities, ToolActivity, ToolActivityResult } from './activity-types.ts'

/** The commands in flight. */
export interface Flight {
  start(command: DispatchedCommand): void
  /** Cancels a command; no effect on an answered one. */
  cancel(seq: number): void
}

/** A command in flight. */
interface Started {
  readonly result: Promise<ToolActivityResult>
  readonly cancel: () => void
}

/** A scope whose `run` returns the promise of its function. The SDK's wraps it in two more. */
class CommandScope extends CancellationScope {
  protected override runInContext<T>(perform: () => Promise<T>): Promise<T> {
    try {
      return perform()
    } catch (thrown) {
      return Promise.reject(thrown)
    }
  }
}

const nothing = (): void => undefined

/**
 * The scope of all tool calls of a run. A scope of the SDK for each of them would cost four
 * promises that last as long as the run. This one keeps what the SDK does when a call's scope is
 * canceled, instead of promising it, and is never canceled itself. The SDK tells it while `run`
 * calls it, unless an interceptor of activities waits before: there is none.
 */
class CallScope extends CommandScope {
  #cancel = nothing

  constructor() {
    super({ cancellable: true })
    const cancelRequested = {
      catch: (cancel: () => void) => {
        this.#cancel = cancel
      },
    }
    Object.defineProperty(this, 'cancelRequested', { value: cancelRequested })
  }

  start(call: () => Promise<ToolActivityResult>): Started {
    this.#cancel = nothing
    const result = this.run(call)
    const cancel = this.#cancel
    // One turn later, as a promise would: the order of the commands is kept in histories.
    return { result, cancel: () => void Promise.resolve().then(cancel) }
  }
}

/**
 * Gives each command to Temporal so that it can be canceled alone, and passes on its one answer,
 * unless it was canceled before. What is no tool call has a scope of its own, used once: a later
 * cancellation of it would reach an abandoned child.
 */
export function createFlight(run: CommandedRun, answer: EventDelivery['answer']): Flight {
  const open = new Map<number, Started['cancel']>()
  const calls = new CallScope()
  const flying = { ...run, preparations: new Preparations() }

  function begin(command: DispatchedCommand): Started {
    if (command.type === 'call_tool') return calls.start(() => callTool(command, run))
    const scope = new CommandScope({ cancellable: true })
    return { result: scope.run(() => performOther(command, flying)), cancel: () => scope.cancel() }
  }

  return {
    start(command) {
      const { seq } = command
      const { result, cancel } = begin(command)
      open.set(seq, cancel)
      const settle = (event: RunEvent): void => answer(() => (open.delete(seq) ? event : undefined))
      void result.then(
        (given) => {
          // A client of Temporal may complete a call with any value.
          if (!isToolResult(given as unknown as JsonValue))
            return settle({ type: 'rejected', seq, error: foreignResult })
          if (!given.ok) {
            const { error, limit } = given
            return settle({ type: 'rejected', seq, error, limit })
          }
          // The history holds the result once, whatever Temporal repeated before it.
          for (const observation of given.observations ?? []) observe(observation)
          return settle({ type: 'resolved', seq, value: given.output })
        },
        (thrown: unknown) =>
          settle({
            type: 'rejected',
            seq,
            error: commandErrorOf(command, thrown),
            limit: exceededLimitOf(thrown),
          }),
      )
    },
    cancel(seq) {
      const cancel = open.get(seq)
      open.delete(seq)
      cancel?.()
    },
  }
}

async function performOther(
  command: Exclude<DispatchedCommand, { type: 'call_tool' }>,
  run: FlyingRun,
): Promise<ToolActivityResult> {
  const { revision } = run
  switch (command.type) {
    case 'start_timer':
      await sleep(command.ms)
      return { ok: true, output: null }
    case 'signal_run':
      if (revision > 1) await checkSignal(command, revision)
      await getExternalWorkflowHandle(command.execId).signal(command.name, command.payload)
      return { ok: true, output: null }
    case 'publish_event': {
      const activities = proxyActivities<EngineActivities>({
        ...numbered(command, revision),
        startToCloseTimeout: '30s',
        // About an hour. The types are for a worker of an older version, which repeats them all.
        retry: {
          initialInterval: '1s',
          maximumInterval: '30s',
          maximumAttempts: 120,
          nonRetryableErrorTypes: ['input_invalid', 'payload_too_large', 'conflict'],
        },
        summary: command.name,
      })
      const { name, payload, idempotencyKey } = command
      const execIds = await activities['compozy.publish_event']({ name, payload, idempotencyKey })
      return { ok: true, output: { exec_ids: execIds } }
    }
    case 'start_child':
      return { ok: true, output: await startChildRun(command, run) }
    case 'ask_parent_room':
      await askParentRoom(command, revision)
      return { ok: true, output: null }
  }
}

/**
 * Temporal repeats a call whose worker died, without limit. A repeat uses no attempt of the task.
 */
const redelivery = {
  initialInterval: '1s',
  backoffCoefficient: 1,
  maximumInterval: '1s',
} as const

/**
 * Calls a tool. The SDK's promise is returned as it is: Temporal keeps each promise of a run, so an
 * `await` costs more than the interpreter does.
 */
function callTool(
  command: Extract<Command, { type: 'call_tool' }>,
  { revision }: CommandedRun,
): Promise<ToolActivityResult> {
  const { tool, input, env, taskEnv, timeoutMs, taskId, attempt, idempotencyKey } = command
  const call = proxyActivities<Record<string, ToolActivity>>({
    // A call waits for a free process within it, however long; heartbeats tell a dead worker.
    startToCloseTimeout: timeoutMs + maximumDurationMs,
    heartbeatTimeout: '10s',
    retry: redelivery,
    summary: attempt === 1 ? taskId : `${taskId} (attempt ${attempt})`,
    ...numbered(command, revision),
  })[tool]!
  const failsActivity = revision > 1
  return call({
    input,
    env,
    taskEnv,
    timeoutMs,
    taskId,
    attempt,
    idempotencyKey,
    failsActivity,
  })
}

async function startChildRun(
  command: Extract<DispatchedCommand, { type: 'start_child' }>,
  run: FlyingRun,
): Promise<JsonValue> {
  const { workflowId, execId, wait } = command
  const { start, memo, timeoutMs } = await prepareChild(command, run)
  const options = defined({
    workflowId: execId,
    args: [start] as [RunStart],
    memo,
    workflowExecutionTimeout: timeoutMs,
    parentClosePolicy: wait ? ParentClosePolicy.REQUEST_CANCEL : ParentClosePolicy.ABANDON,
  })
  if (wait) {
    const result = await executeChild<(start: RunStart) => Promise<RunResult>>(workflowId, options)
    return { exec_id: execId, output: result.output }
  }
  await startChild(workflowId, options)
  return { exec_id: execId, output: null }
}
