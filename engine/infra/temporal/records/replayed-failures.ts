import {
  defaultFailureConverter,
  defaultPayloadConverter,
  type ProtoFailure,
} from '@temporalio/common'
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

/** Returns the command that an event failed; undefined for other events. */
export function failedCommandOf(
  event: TemporalEvent,
  commands: ReplayedCommands,
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
  const failure = (call ?? event.childWorkflowExecutionFailedEventAttributes)?.failure
  return { command, answer: rejection(command, failure ?? { message: reasonOf(event) }) }
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
  if (command?.type === 'start_child' && marker.failure)
    return { command, answer: rejection(command, marker.failure) }
  if (command?.type === 'ask_parent_room') {
    const full = marker.details?.['result'] ? valueOf(marker.details['result'].payloads) : null
    if (full === null)
      return { command, answer: { type: 'resolved', seq: command.seq, value: null } }
    const message = fullHistory(parentId, Number(full))
    const failure = { message, applicationFailureInfo: { type: limitCode } }
    return { command, answer: rejection(command, failure) }
  }
  const isFull = marker.details?.['result'] && valueOf(marker.details['result'].payloads) === true
  if (command?.type !== 'signal_run' || !isFull) return undefined
  const message = fullOfSignals(command.execId, command.name)
  const failure = { message, applicationFailureInfo: { type: limitCode } }
  return { command, answer: rejection(command, failure) }
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
