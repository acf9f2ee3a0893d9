import {
  isGrpcServiceError,
  ScheduleNotFoundError,
  ServiceError,
  WorkflowNotFoundError,
} from '@temporalio/client'
import { CompozyError, type ErrorCode } from '../../core/errors.ts'

/** gRPC status -> our code. What is not listed is `temporal_failed`. */
const byGrpcStatus: Readonly<Record<number, readonly [ErrorCode, string]>> = {
  1: ['temporal_timeout', 'the call to Temporal was given up'],
  4: ['temporal_timeout', 'Temporal did not answer in time'],
  5: ['not_found', 'Temporal does not know it'],
  8: ['temporal_unavailable', 'Temporal is over its limits'],
  14: ['temporal_unavailable', 'the Temporal server can not be reached'],
}

/** What the SDK threw, as one of ours. `what` says which thing was meant: `execution "order-1"`. */
export function toCompozyError(thrown: unknown, what: string): CompozyError {
  if (thrown instanceof CompozyError) return thrown
  const cause = thrown
  if (thrown instanceof WorkflowNotFoundError) {
    return /already completed|closing workflow/i.test(thrown.message)
      ? new CompozyError('conflict', `${what} is closed`, { cause })
      : new CompozyError('not_found', `no ${what}`, { cause })
  }
  if (thrown instanceof ScheduleNotFoundError) return new CompozyError('not_found', `no ${what}`, { cause })
  const grpc = thrown instanceof ServiceError ? thrown.cause : thrown
  if (isGrpcServiceError(grpc)) {
    const [code, message] = byGrpcStatus[grpc.code] ?? ['temporal_failed', 'Temporal refused the call']
    if (code === 'not_found') return new CompozyError('not_found', `no ${what}`, { cause })
    return new CompozyError(code, `${message} (${what}): ${grpc.details}`, { cause })
  }
  return CompozyError.from(thrown, 'temporal_failed')
}
