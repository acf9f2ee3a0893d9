import {
  defaultFailureConverter,
  defaultPayloadConverter,
  type ProtoFailure,
} from '@temporalio/common'
import type { JsonValue } from '../../../core/json.ts'
import type { RunEvent } from '../../../definition/run-protocol.ts'
import { fullHistory, fullOfSignals } from '../../../interpreter/size/refusal-texts.ts'
import { commandErrorOf, type DispatchedCommand } from '../command-errors.ts'
import type { TemporalEvent } from '../executions/run-history.ts'
import { limitCode } from '../limit-code.ts'
import { valueOf } from './history-event.ts'
import type { ReplayedCommands } from './replayed-commands.ts'

/** A command, and what the run is told of it. */
export interface ToldCommand {
  readonly command: DispatchedCommand
  readonly answer: RunEvent
}

/**
 * Returns the command that an event failed; undefined for other events.
 * @param parentId the run that started this one; '' if none did
 */
export function failedCommandOf(
  event: TemporalEvent,
  commands: ReplayedCommands,
  parentId: string,
): ToldCommand | undefined {
  const call = event.activityTaskFailedEventAttributes ?? event.activityTaskTimedOutEventAttributes
  const child =
    event.startChildWorkflowExecutionFailedEventAttributes ??
    event.childWorkflowExecutionFailedEventAttributes ??
    event.childWorkflowExecutionCanceledEventAttributes ??
    event.childWorkflowExecutionTerminatedEventAttributes ??
    event.childWorkflowExecutionTimedOutEventAttributes
  const signal = event.signalExternalWorkflowExecutionFailedEventAttributes
  const recordedIn = call?.scheduledEventId ?? (child ?? signal)?.initiatedEventId
  const command = commands.takeRecordedIn(recordedIn)
  if (command === undefined) return undefined
  const failure = (call ?? event.childWorkflowExecutionFailedEventAttributes)?.failure ?? {
    message: reasonOf(event),
  }
  const isCalled = command.type === 'call_tool' || command.type === 'publish_event'
  if (call && !isCalled)
    return toldBefore(command, { failure, result: null }, { commands, parentId })
  return { command, answer: rejection(command, failure) }
}

/**
 * Returns the command that its local activity answered: it refused it, or a question has its
 * answer. Undefined for other events.
 * @param parentId the run that started this one; '' if none did
 */
export function answeredInTask(
  event: TemporalEvent,
  commands: ReplayedCommands,
  parentId: string,
): ToldCommand | undefined {
  const marker = event.markerRecordedEventAttributes
  if (marker?.markerName !== 'core_local_activity') return undefined
  const data = valueOf(marker.details?.['data']?.payloads) as { seq?: number } | null
  const command = commands.activity(String(data?.seq))
  const result = marker.details?.['result'] ? valueOf(marker.details['result'].payloads) : null
  return command && toldBefore(command, { failure: marker.failure, result }, { commands, parentId })
}

/** What an activity before a command has told. */
interface Told {
  readonly failure?: ProtoFailure | null | undefined
  readonly result: JsonValue
}

/**
 * Returns what an activity tells of a command before Temporal gets it: that it is refused, or the
 * answer of a question. Undefined where it lets the command pass.
 */
export function toldBefore(
  command: DispatchedCommand,
  told: Told,
  { commands, parentId }: { readonly commands: ReplayedCommands; readonly parentId: string },
): ToldCommand | undefined {
  const answer = answerBefore(command, told, parentId)
  if (answer === undefined) commands.letPass(command)
  else commands.answeredBefore(command)
  return answer && { command, answer }
}

function answerBefore(
  command: DispatchedCommand,
  { failure, result }: Told,
  parentId: string,
): RunEvent | undefined {
  const refused = (message: string): RunEvent =>
    rejection(command, { message, applicationFailureInfo: { type: limitCode } })
  switch (command.type) {
    case 'start_child':
      return failure ? rejection(command, failure) : undefined
    case 'ask_parent_room':
      return result === null
        ? { type: 'resolved', seq: command.seq, value: null }
        : refused(fullHistory(parentId, Number(result)))
    case 'signal_run':
      return result === true ? refused(fullOfSignals(command.execId, command.name)) : undefined
    default:
      return undefined
  }
}

function rejection(command: DispatchedCommand, failure: ProtoFailure): RunEvent {
  const thrown = defaultFailureConverter.failureToError(failure, defaultPayloadConverter)
  return { type: 'rejected', seq: command.seq, error: commandErrorOf(command, thrown) }
}

/** Returns why a command failed, where the event has no failure, in the words of the worker. */
function reasonOf(event: TemporalEvent): string {
  if (event.startChildWorkflowExecutionFailedEventAttributes)
    return 'a run with this exec_id exists already'
  if (event.childWorkflowExecutionCanceledEventAttributes) return 'it was canceled'
  if (event.childWorkflowExecutionTerminatedEventAttributes) return 'it was terminated'
  if (event.childWorkflowExecutionTimedOutEventAttributes) return 'it timed out'
  return 'the run was not found, or it is closed'
}
