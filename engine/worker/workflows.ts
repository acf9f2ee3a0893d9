import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  defineQuery,
  log,
  makeContinueAsNewFunc,
  setDefaultSignalHandler,
  setHandler,
  upsertMemo,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow'
import type { JsonObject, JsonValue } from '../core/json.ts'
import { cutText, limits } from '../core/limits.ts'
import type { TaskError } from '../core/task-error.ts'
import { observe, resetTime } from '../infra/monitoring/sandbox.ts'
import { closedBounds } from '../interpreter/size/bounded-view.ts'
import { createRun } from '../interpreter/interpret.ts'
import { historyLength, type HistoryLength } from '../definition/history-length.ts'
import { revisionOf } from '../definition/revision.ts'
import {
  failureMemo,
  firstStartMemo,
  type CarriedState,
  type FailureMemo,
  type RunStart,
} from '../definition/workflow-ir.ts'
import type {
  ClosedStates,
  Command,
  InterpreterRevision,
  Run,
  RunResult,
  RunView,
  ViewRequest,
} from '../definition/run-protocol.ts'
import { createEventDelivery, type EventDelivery } from './delivery/event-delivery.ts'
import { createFlight } from './perform-command.ts'
import { defectMessage, startMessage } from './run-log.ts'
import { withStackTraces } from './stack-traces.ts'

const viewQuery = defineQuery<RunView, [request?: ViewRequest]>('view')

/**
 * Runs every workflow of every project. The workflow type in Temporal is the id of the YAML
 * workflow; the definition comes in the start argument. This function only translates between the
 * interpreter and Temporal.
 */
export default async function run(start: RunStart | undefined): Promise<RunResult> {
  const info = workflowInfo()
  if (start?.definition === undefined) {
    const message = `${info.workflowType} was started without a compiled definition; start it through Compozy`
    throw ApplicationFailure.nonRetryable(message, 'UnknownWorkflow')
  }
  if (start.carried === undefined) log.info(startMessage)
  const revision = revisionOf(info.currentBuildId)
  const interpreted = createRun(start, {
    execId: info.workflowId,
    startedAt: info.startTime.getTime(),
    uuid: uuid4,
    revision,
  })
  const events = createEventDelivery()
  setDefaultSignalHandler((id, ...args) => {
    events.add({
      type: 'signal',
      id,
      payload: (args[0] ?? null) as JsonValue,
      receivedAt: Date.now(),
    })
  })
  setHandler(viewQuery, (request) => interpreted.view(request))
  CancellationScope.current().cancelRequested.catch(() => events.add({ type: 'cancel_requested' }))

  // The interpreter decides what a cancellation means; Temporal must not cancel its commands.
  return CancellationScope.nonCancellable(() => interpret(start, interpreted, revision, events))
}

/** Steps a run with its events until it ends. */
function interpret(
  start: RunStart,
  interpreted: Run,
  revision: InterpreterRevision,
  events: EventDelivery,
): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const flight = createFlight({ start, revision }, events.answer)

    /** Carries out a command. Returns whether the run goes on. */
    const carryOut = (command: Command): boolean => {
      switch (command.type) {
        case 'observe':
          observe(command.observation)
          return true
        case 'cancel':
          flight.cancel(command.seq)
          return true
        case 'complete':
          resolve({ output: command.output, tasks: summarize(interpreted, command) })
          return false
        case 'fail':
          if (command.defect !== undefined) log.error(defectMessage, { ...command.defect })
          if (revision > 2) upsertMemo({ [failureMemo]: shortFailure(command.error) })
          reject(runFailure(command, interpreted))
          return false
        case 'canceled':
          reject(new CancelledFailure('the run was canceled'))
          return false
        case 'continue_as_new':
          continueRun(start, command.carried).catch(reject)
          return false
        default:
          flight.start(command)
          return true
      }
    }

    events.begin((arrived) => {
      try {
        const length = currentHistoryLength(revision)
        const commands = withStackTraces(() => interpreted.step(arrived, Date.now(), length))
        for (const command of commands) if (!carryOut(command)) return false
        return true
      } catch (error) {
        reject(error)
        return false
      }
    })
  })
}

function currentHistoryLength(revision: InterpreterRevision): HistoryLength {
  const { historyLength: events, historySize: bytes, continueAsNewSuggested } = workflowInfo()
  const size = { events, bytes, isContinueAsNewSuggested: continueAsNewSuggested }
  return historyLength(size, revision)
}

/**
 * Ends this run of the chain. The memo keeps when the first one started: lists show only the last.
 * A chain that was reset starts at the reset.
 */
function continueRun(start: RunStart, carried: CarriedState): Promise<never> {
  const startedAt = resetTime() ?? carried.startedAt
  const memo = {
    ...workflowInfo().memo,
    [firstStartMemo]: new Date(startedAt).toISOString(),
  }
  return makeContinueAsNewFunc<typeof run>({ memo })({
    ...start,
    carried: { ...carried, startedAt },
  })
}

/**
 * Returns the task states that a closed run keeps: without outputs, and bounded, so that they never
 * make its result too large.
 */
function summarize(run: Run, { leavesOutStates }: ClosedStates): JsonObject {
  if (leavesOutStates === true) return {}
  return run.view({}, closedBounds).tasks
}

function shortFailure({ type, message, task }: TaskError): FailureMemo {
  const shown = { type, message: cutText(message, limits.shortMessageBytes) }
  return task === undefined ? shown : { ...shown, task }
}

function runFailure(command: Extract<Command, { type: 'fail' }>, run: Run): ApplicationFailure {
  const { error } = command
  const { type, message } = error
  return ApplicationFailure.create({
    type,
    message,
    nonRetryable: true,
    details: [error, { tasks: summarize(run, command) }],
  })
}
