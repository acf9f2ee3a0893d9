import type { TaskError } from '../core/task-error.ts'
import type { RetryIr } from '../definition/task-ir.ts'

/** Failures that no further attempt can mend. */
const never: ReadonlySet<string> = new Set(['InvalidToolInput', 'TemplateError', 'Cancelled'])

/**
 * How long to pause before the next attempt, ms; `undefined` if there is none.
 * @param attempts how many were made
 */
export function pauseBeforeRetry(
  retry: RetryIr | undefined,
  error: TaskError,
  attempts: number,
): number | undefined {
  if (retry === undefined || attempts >= retry.maximum_attempts || never.has(error.type))
    return undefined
  const named = (type: string): boolean => type === error.type || `ToolError:${type}` === error.type
  if (retry.non_retryable_error_types.some(named)) return undefined
  const pause = retry.initial_interval * retry.backoff_coefficient ** (attempts - 1)
  return Math.round(Math.min(pause, retry.maximum_interval))
}
