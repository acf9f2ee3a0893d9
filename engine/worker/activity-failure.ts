import { ApplicationFailure } from '@temporalio/common'
import { CompozyError, type ErrorCode } from '../core/errors.ts'

/** Failures that Temporal repeats an activity for. All others would only come again. */
const mayMend: ReadonlySet<ErrorCode> = new Set([
  'temporal_unavailable',
  'temporal_timeout',
  'temporal_failed',
  'limit_reached',
  'unavailable',
])

/** Returns what an activity throws, so that the run sees the code of a CompozyError. */
export function toActivityFailure(error: unknown): unknown {
  if (!(error instanceof CompozyError)) return error
  const { code, message, violations } = error
  return ApplicationFailure.create({
    type: code,
    message,
    nonRetryable: !mayMend.has(code),
    details: violations.length > 0 ? [{ violations }] : [],
  })
}
