import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  condition,
  defineQuery,
  executeChild,
  getExternalWorkflowHandle,
  makeContinueAsNewFunc,
  ParentClosePolicy,
  proxyActivities,
  proxyLocalActivities,
  setDefaultSignalHandler,
  setHandler,
  sleep,
  startChild,
  upsertMemo,
  uuid4,
  workflowInfo,
  type WorkflowInfo,
} from '@temporalio/workflow'
import { defined } from '../core/defined.ts'
import type { JsonObject, JsonValue } from '../core/json.ts'
import { cutText, limits } from '../core/limits.ts'
import type { TaskError } from '../core/task-error.ts'
import { observe } from '../infra/monitoring/sandbox.ts'
import type { ToolResult } from '../tool/runner.ts'
import { boundView, closedBounds } from '../interpreter/size/bounded-view.ts'
import { createRun } from '../interpreter/interpret.ts'
import { revisionOf } from '../definition/revision.ts'
import {
  failureMemo,
  firstStartMemo,
  type CarriedState,
  type FailureMemo,
  type RunStart,
} from '../definition/workflow-ir.ts'
import type {
  Command,
  HistoryLength,
  InterpreterRevision,
  RunEvent,
  RunResult,
  RunView,
  ViewRequest,
} from '../definition/run-protocol.ts'
import { commandErrorOf, type DispatchedCommand } from '../infra/temporal/command-errors.ts'
import { limitCode } from '../infra/temporal/limit-code.ts'
import type { EngineActivities, ToolActivity } from './activity-types.ts'

const viewQuery = defineQuery<RunView, [request?: ViewRequest]>('view')

/**
 * Every workflow of every project runs in this one function: the type of the run in Temporal is the
 * YAML workflow's id, its definition comes in the start argument. It only translates between the
 * interpreter and Temporal.
 */
export default async function run(start: RunStart | undefined): Promise<RunResult> {
  const info = workflowInfo()
  if (start?.definition === undefined) {
    const message = `${info.workflowType} was started without a compiled definition; start it through Compozy`
    throw ApplicationFailure.nonRetryable(message, 'UnknownWorkflow')
  }
  const events: RunEvent[] = [{ type: 'started' }]
  const revision = revisionOf(info.currentBuildId)
  const interpreted = createRun(start, {
    execId: info.workflowId,
    startedAt: info.startTime.getTime(),
    uuid: uuid4,
    revision,
  })
  setDefaultSignalHandler((id, ...args) => {
    events.push({
      type: 'signal',
      id,
      payload: (args[0] ?? null) as JsonValue,
      receivedAt: Date.now(),
    })
  })
  setHandler(viewQuery, (request) => {
    const view = interpreted.view()
    return { ...view, ...boundView(view.tasks, request) }
  })
  CancellationScope.current().cancelRequested.catch(() => events.push({ type: 'cancel_requested' }))

  // The interpreter decides what a cancellation means; Temporal must not tear its commands down by
  // itself.
  return CancellationScope.nonCancellable(async () => {
    const flight = createFlight({ start, revision }, events)
    for (;;) {
      const commands = interpreted.step(events.splice(0), Date.now(), historyLength(workflowInfo()))
      for (const command of commands) {
        if (command.type === 'observe') observe(command.observation)
        else if (command.type === 'cancel') flight.cancel(command.seq)
        else if (command.type === 'complete')
          return { output: command.output, tasks: summarise(interpreted.view()) }
        else if (command.type === 'fail') {
          if (revision > 2) upsertMemo({ [failureMemo]: shortFailure(command.error) })
          throw runFailure(command.error, interpreted.view())
        } else if (command.type === 'canceled') throw new CancelledFailure('the run was cancelled')
        else if (command.type === 'continue_as_new') {
          await continueRun(start, command.carried)
        } else flight.start(command)
      }
      await condition(() => events.length > 0)
    }
  })
}

/**
 * Events after which a run continues as new at the next chance, and near which Temporal ends it.
 */
const dueEvents = 10_000
const fullEvents = 40_000
const fullBytes = 40_000_000

function historyLength(info: WorkflowInfo): HistoryLength {
  const { historyLength: events, historySize: bytes } = info
  if (events >= fullEvents || bytes >= fullBytes) return 'full'
  if (events >= dueEvents) return 'due'
  return info.continueAsNewSuggested ? 'long' : 'short'
}

/**
 * Ends this run of the chain; the memo keeps when the first one started, for lists that see only
 * the last.
 */
function continueRun(start: RunStart, carried: CarriedState): Promise<never> {
  const memo = {
    ...workflowInfo().memo,
    [firstStartMemo]: new Date(carried.startedAt).toISOString(),
  }
  return makeContinueAsNewFunc<typeof run>({ memo })({ ...start, carried })
}

/** The run whose commands are carried out. */
interface CommandedRun {
  readonly start: RunStart
  readonly revision: InterpreterRevision
}

/** Commands that are under way. */
interface Flight {
  start(command: DispatchedCommand): void
  /** Takes a command back; one that was answered already stays so. */
  cancel(seq: number): void
}

/**
 * Gives each command to Temporal in a scope of its own and queues its one answer, unless it was
 * taken back before. The scope of a tool call that was answered serves the next one: a scope costs
 * as much as the call. A child's never does, for an abandoned child would be cancelled with the
 * next command.
 */
function createFlight(run: CommandedRun, events: RunEvent[]): Flight {
  const scopes = new Map<number, CancellationScope>()
  const idle: CancellationScope[] = []
  return {
    start(command) {
      const { seq } = command
      const scope = idle.pop() ?? new CancellationScope({ cancellable: true })
      scopes.set(seq, scope)
      const settle = (event: RunEvent): void => {
        scopes.delete(seq)
        if (scope.consideredCancelled) return
        if (command.type === 'call_tool') idle.push(scope)
        events.push(event)
      }
      void scope
        .run(() => perform(command, run))
        .then(
          (result) =>
            settle(
              result.ok
                ? { type: 'resolved', seq, value: result.output }
                : { type: 'rejected', seq, error: result.error },
            ),
          (thrown: unknown) =>
            settle({ type: 'rejected', seq, error: commandErrorOf(command, thrown) }),
        )
    },
    cancel: (seq) => scopes.get(seq)?.cancel(),
  }
}

/**
 * One command as Temporal's own. A tool's call is handed on as it is: Temporal notes a stack trace
 * for every promise of a workflow, so that each `await` on the way of a task costs more than the
 * interpreter does.
 */
function perform(command: DispatchedCommand, run: CommandedRun): Promise<ToolResult> {
  return command.type === 'call_tool' ? callTool(command, run) : performOther(command, run)
}

async function performOther(
  command: Exclude<DispatchedCommand, { type: 'call_tool' }>,
  { start, revision }: CommandedRun,
): Promise<ToolResult> {
  switch (command.type) {
    case 'start_timer':
      await sleep(command.ms)
      return { ok: true, output: null }
    case 'signal_run':
      if (revision > 1) await checkSignal(command)
      await getExternalWorkflowHandle(command.execId).signal(command.name, command.payload)
      return { ok: true, output: null }
    case 'publish_event': {
      const activities = proxyActivities<EngineActivities>({
        startToCloseTimeout: '30s',
        retry: {
          initialInterval: '1s',
          maximumInterval: '30s',
          nonRetryableErrorTypes: ['input_invalid', 'payload_too_large'],
        },
        summary: command.name,
      })
      const { name, payload, idempotencyKey } = command
      const execIds = await activities['compozy.publish_event']({ name, payload, idempotencyKey })
      return { ok: true, output: { exec_ids: execIds } }
    }
    case 'start_child':
      return { ok: true, output: await startChildRun(command, start) }
  }
}

/** Refuses a signal to a run that keeps as many of its name as it may. */
async function checkSignal({
  execId,
  name,
}: Extract<Command, { type: 'signal_run' }>): Promise<void> {
  const activities = proxyLocalActivities<EngineActivities>({
    startToCloseTimeout: '5s',
    retry: { maximumAttempts: 1 },
  })
  const isFull = await activities['compozy.is_signal_refused']({ execId, name }).catch(() => false)
  if (isFull)
    throw ApplicationFailure.nonRetryable(
      `run ${execId} keeps ${limits.pendingSignals} signals "${name}" that no task has taken`,
      limitCode,
    )
}

function callTool(
  command: Extract<Command, { type: 'call_tool' }>,
  { revision }: CommandedRun,
): Promise<ToolResult> {
  const { tool, input, env, taskEnv, timeoutMs, taskId, attempt, idempotencyKey } = command
  // Temporal repeats a call whose worker died, as often as it takes: such a repeat does not use up
  // an attempt of the task.
  const call = proxyActivities<Record<string, ToolActivity>>({
    startToCloseTimeout: timeoutMs + 3_600_000,
    heartbeatTimeout: '10s',
    retry: { initialInterval: '1s', backoffCoefficient: 1, maximumInterval: '1s' },
    summary: attempt === 1 ? taskId : `${taskId} (attempt ${attempt})`,
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
  command: Extract<Command, { type: 'start_child' }>,
  parent: RunStart,
): Promise<JsonValue> {
  const { workflowId, execId, input, wait } = command
  const activities = proxyLocalActivities<EngineActivities>({
    startToCloseTimeout: '10s',
    retry: { nonRetryableErrorTypes: ['input_invalid', 'not_found', 'payload_too_large'] },
  })
  const trigger = { type: 'workflow', name: parent.definition.id } as const
  const { start, memo, timeoutMs } = await activities['compozy.prepare_child']({
    workflowId,
    input,
    trigger,
  })
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

/**
 * Task states that a closed run keeps: without outputs, and few enough never to cost it its result.
 */
function summarise(view: RunView): JsonObject {
  return boundView(view.tasks, {}, closedBounds).tasks
}

/** Bytes of the message that a list shows of a failed run. */
const listedMessageBytes = 1_024

function shortFailure({ type, message, task }: TaskError): FailureMemo {
  const shown = { type, message: cutText(message, listedMessageBytes) }
  return task === undefined ? shown : { ...shown, task }
}

function runFailure(error: TaskError, view: RunView): ApplicationFailure {
  const { type, message } = error
  return ApplicationFailure.create({
    type,
    message,
    nonRetryable: true,
    details: [error, { tasks: summarise(view) }],
  })
}
