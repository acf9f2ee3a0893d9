import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  condition,
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
import { cutText } from '../core/limits.ts'
import type { TaskError } from '../core/task-error.ts'
import { observe } from '../infra/monitoring/sandbox.ts'
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
  RunEvent,
  RunResult,
  RunView,
  ViewRequest,
} from '../definition/run-protocol.ts'
import { createFlight } from './perform-command.ts'
import { defectMessage } from './run-log.ts'

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
  setHandler(viewQuery, (request) => interpreted.view(request))
  CancellationScope.current().cancelRequested.catch(() => events.push({ type: 'cancel_requested' }))

  // The interpreter decides what a cancellation means; Temporal must not cancel its commands.
  return CancellationScope.nonCancellable(async () => {
    const flight = createFlight({ start, revision }, events)
    for (;;) {
      const commands = interpreted.step(
        events.splice(0),
        Date.now(),
        currentHistoryLength(revision),
      )
      for (const command of commands) {
        if (command.type === 'observe') observe(command.observation)
        else if (command.type === 'cancel') flight.cancel(command.seq)
        else if (command.type === 'complete')
          return { output: command.output, tasks: summarise(interpreted, command) }
        else if (command.type === 'fail') {
          if (command.defect !== undefined) log.error(defectMessage, { ...command.defect })
          if (revision > 2) upsertMemo({ [failureMemo]: shortFailure(command.error) })
          throw runFailure(command, interpreted)
        } else if (command.type === 'canceled') throw new CancelledFailure('the run was cancelled')
        else if (command.type === 'continue_as_new') {
          await continueRun(start, command.carried)
        } else flight.start(command)
      }
      await condition(() => events.length > 0)
    }
  })
}

function currentHistoryLength(revision: InterpreterRevision): HistoryLength {
  const { historyLength: events, historySize: bytes, continueAsNewSuggested } = workflowInfo()
  const size = { events, bytes, isContinueAsNewSuggested: continueAsNewSuggested }
  return historyLength(size, revision)
}

/**
 * Ends this run of the chain. The memo keeps when the first one started: lists show only the last.
 */
function continueRun(start: RunStart, carried: CarriedState): Promise<never> {
  const memo = {
    ...workflowInfo().memo,
    [firstStartMemo]: new Date(carried.startedAt).toISOString(),
  }
  return makeContinueAsNewFunc<typeof run>({ memo })({ ...start, carried })
}

/**
 * Returns the task states that a closed run keeps: without outputs, and bounded, so that they never
 * make its result too large.
 */
function summarise(run: Run, { leavesOutStates }: ClosedStates): JsonObject {
  if (leavesOutStates === true) return {}
  return run.view({}, closedBounds).tasks
}

/** Bytes of the message that a list shows of a failed run. */
const listedMessageBytes = 1_024

function shortFailure({ type, message, task }: TaskError): FailureMemo {
  const shown = { type, message: cutText(message, listedMessageBytes) }
  return task === undefined ? shown : { ...shown, task }
}

function runFailure(command: Extract<Command, { type: 'fail' }>, run: Run): ApplicationFailure {
  const { error } = command
  const { type, message } = error
  return ApplicationFailure.create({
    type,
    message,
    nonRetryable: true,
    details: [error, { tasks: summarise(run, command) }],
  })
}
