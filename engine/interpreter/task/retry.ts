import type { TaskError } from '../../core/task-error.ts'
import type { InterpreterRevision } from '../../definition/run-protocol.ts'
import type { RetryIr } from '../../definition/task-ir.ts'

/** Failures that no further attempt can mend. */
const neverRetried: ReadonlySet<string> = new Set([
  'InvalidToolInput',
  'TemplateError',
  'Cancelled',
])
const neverRetriedSinceRevision2: ReadonlySet<string> = new Set(['ToolDenied', 'LimitExceeded'])

/** A child that refused its input refuses it again, and so does who listens to an event. */
function isRefused({ type, cause }: TaskError, revision: InterpreterRevision): boolean {
  const isGiven = type === 'ChildFailed' || (type === 'SignalNotDelivered' && revision > 8)
  return isGiven && cause?.['code'] === 'input_invalid'
}

/**
 * How long to pause before the next attempt, ms; `undefined` if there is none.
 * @param attempts how many were made
 */
export function pauseBeforeRetry(
  retry: RetryIr | undefined,
  error: TaskError,
  attempts: number,
  revision: InterpreterRevision,
): number | undefined {
  if (retry === undefined || attempts >= retry.maximum_attempts || neverRetried.has(error.type))
    return undefined
  if (revision > 1 && (neverRetriedSinceRevision2.has(error.type) || isRefused(error, revision)))
    return undefined
  const named = (type: string): boolean => type === error.type || `ToolError:${type}` === error.type
  if (retry.non_retryable_error_types.some(named)) return undefined
  const pause = retry.initial_interval * growth(retry, attempts, revision)
  return Math.round(Math.min(pause, retry.maximum_interval))
}

/** Returns the factor from the first pause to this one, finite: 0 times Infinity is NaN. */
function growth({ backoff_coefficient }: RetryIr, attempts: number, revision: number): number {
  const factor = backoff_coefficient ** (attempts - 1)
  return revision > 5 ? Math.min(factor, Number.MAX_VALUE) : factor
}
