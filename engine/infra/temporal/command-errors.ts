import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  ChildWorkflowFailure,
  TerminatedFailure,
  TimeoutFailure,
} from '@temporalio/common'
import { defined } from '../../core/defined.ts'
import type { JsonObject } from '../../core/json.ts'
import { limitNames, type LimitName } from '../../core/observation.ts'
import type { TaskError } from '../../core/task-error.ts'
import type { Command } from '../../definition/run-protocol.ts'
import { limitCode } from './limit-code.ts'

type AnsweredCommand = Extract<Command, { seq: number }>

/** A command that Temporal answers. */
export type DispatchedCommand = Exclude<AnsweredCommand, { type: 'cancel' }>

/** The same check as the SDK's, which loads only in the workflow sandbox. */
function isCancellation(thrown: unknown): boolean {
  if (thrown instanceof ActivityFailure || thrown instanceof ChildWorkflowFailure)
    return isCancellation(thrown.cause)
  return thrown instanceof CancelledFailure
}

/** Returns the TaskError inside a run's failure if it is one of ours. */
function carriedError(failure: unknown): TaskError | undefined {
  const detail: unknown = failure instanceof ApplicationFailure ? failure.details?.[0] : undefined
  return typeof detail === 'object' && detail !== null && 'type' in detail
    ? (detail as TaskError)
    : undefined
}

/** Returns why an input or a payload was refused. A retry would be refused again. */
function refusalOf(failure: unknown): JsonObject | undefined {
  if (!(failure instanceof ApplicationFailure) || failure.type !== 'input_invalid') return undefined
  const [detail] = failure.details ?? []
  return { code: failure.type, ...(detail as JsonObject | undefined) }
}

/** Returns how a child ended that somebody ended from outside; the SDK's own message is empty. */
function endOf(failure: unknown): string | undefined {
  if (failure instanceof CancelledFailure) return 'it was canceled'
  if (failure instanceof TerminatedFailure) return 'it was terminated'
  return failure instanceof TimeoutFailure ? 'it timed out' : undefined
}

/**
 * Returns the failure of a tool's activity: Temporal shows it and does not repeat it. Details hold
 * the error, then the limit that was exceeded, unless it is that of the output.
 */
export function toolCallFailure(
  error: TaskError,
  limit: LimitName | undefined,
): ApplicationFailure {
  const { type, message } = error
  const details = limit === undefined ? [error] : [error, limit]
  return ApplicationFailure.create({ type, message, nonRetryable: true, details })
}

/** Whether a child failed because the run that started it has no room for its result. */
function hadNoRoom(failure: unknown): boolean {
  const error = carriedError(failure)
  return error?.type === 'LimitExceeded' && error.cause?.['parent'] !== undefined
}

/**
 * Returns the limit that a tool's activity names beside its error; older workers name none. A child
 * counts a result that its parent has no room for itself.
 */
export function exceededLimitOf(thrown: unknown): LimitName | 'counted' | undefined {
  if (thrown instanceof ChildWorkflowFailure && hadNoRoom(thrown.cause)) return 'counted'
  const failure = thrown instanceof ActivityFailure ? thrown.cause : undefined
  const named = failure instanceof ApplicationFailure ? failure.details?.[1] : undefined
  return limitNames.find((name) => name === named)
}

/** Returns the task's error for a command that Temporal could not carry out. */
export function commandErrorOf(command: DispatchedCommand, thrown: unknown): TaskError {
  const inner =
    thrown instanceof ActivityFailure || thrown instanceof ChildWorkflowFailure
      ? thrown.cause
      : thrown
  const message = inner instanceof Error ? inner.message : String(inner)
  if (isCancellation(thrown) && command.type !== 'start_child')
    return { type: 'Cancelled', message }
  const own = carriedError(inner)
  if (inner instanceof ApplicationFailure && inner.type === limitCode)
    return { type: 'LimitExceeded', message }
  switch (command.type) {
    case 'call_tool':
      return own ?? { type: 'ToolCrashed', message: `the call could not be made: ${message}` }
    case 'start_timer':
    case 'ask_parent_room':
      return { type: 'TaskTimeout', message }
    case 'signal_run':
      return {
        type: 'SignalNotDelivered',
        message: `signal "${command.name}" to ${command.execId}: ${message}`,
      }
    case 'publish_event':
      return defined({
        type: 'SignalNotDelivered',
        message: `event "${command.name}": ${message}`,
        cause: refusalOf(inner),
      })
    case 'start_child': {
      const cause = own === undefined ? refusalOf(inner) : { ...own }
      return defined({
        type: hadNoRoom(inner) ? 'LimitExceeded' : 'ChildFailed',
        message: `${command.workflowId} (${command.execId}): ${own?.message ?? endOf(inner) ?? message}`,
        cause,
      })
    }
  }
}
