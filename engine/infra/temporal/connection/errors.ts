import {
  isGrpcServiceError,
  ScheduleNotFoundError,
  ServiceError,
  WorkflowNotFoundError,
} from '@temporalio/client'
import { NamespaceNotFoundError } from '@temporalio/common'
import { CompozyError, type ErrorCode } from '../../../core/errors.ts'

/** Our code by gRPC status. Any other status is `temporal_failed`. */
const byGrpcStatus: Readonly<Record<number, readonly [ErrorCode, string]>> = {
  1: ['temporal_timeout', 'the call to Temporal was canceled'],
  4: ['temporal_timeout', 'Temporal did not answer in time'],
  7: ['temporal_failed', 'Temporal denies access'],
  8: ['temporal_unavailable', 'Temporal is over its limits'],
  14: ['temporal_unavailable', 'the Temporal server cannot be reached'],
  16: ['temporal_failed', 'Temporal does not accept the API key or certificate'],
}

const grpcNotFound = 5
/** How Temporal and gRPC report a value that is too large; the status code does not say it. */
const tooLarge = /exceeds (size )?limit|larger than max/i

/** The SDK has an error class for this, but only for calls that it wraps. */
const missingNamespace = /^Namespace (\S+) is not found/

const noNamespace = (namespace: string, cause: unknown): CompozyError =>
  new CompozyError('temporal_failed', `the Temporal server has no namespace "${namespace}"`, {
    cause,
  })

/**
 * The SDK repeats calls to an absent server until their deadline; gRPC then names no remote
 * address.
 */
const neverConnected = (details: string): boolean =>
  details.startsWith('Deadline exceeded after') && !details.includes('remote_addr=')

/** Returns the namespace that Temporal does not have, if that is the error. */
export function missingNamespaceOf(thrown: unknown): string | undefined {
  if (thrown instanceof NamespaceNotFoundError) return thrown.namespace
  const grpc = thrown instanceof ServiceError ? thrown.cause : thrown
  return isGrpcServiceError(grpc) ? missingNamespace.exec(grpc.details)?.[1] : undefined
}

/** Converts an error of the SDK. `what` names the subject of the call: `execution "order-1"`. */
export function toCompozyError(thrown: unknown, what: string): CompozyError {
  if (thrown instanceof CompozyError) return thrown
  const cause = thrown
  if (thrown instanceof WorkflowNotFoundError) {
    return /already completed|closing workflow/i.test(thrown.message)
      ? new CompozyError('conflict', `${what} is closed`, { cause })
      : new CompozyError('not_found', `no ${what}`, { cause })
  }
  if (thrown instanceof ScheduleNotFoundError)
    return new CompozyError('not_found', `no ${what}`, { cause })
  const namespace = missingNamespaceOf(thrown)
  if (namespace !== undefined) return noNamespace(namespace, cause)
  const grpc = thrown instanceof ServiceError ? thrown.cause : thrown
  if (isGrpcServiceError(grpc)) {
    const { code: status }: { code: number } = grpc
    if (status === grpcNotFound) return new CompozyError('not_found', `no ${what}`, { cause })
    if (tooLarge.test(grpc.details)) {
      const message = `too large for Temporal (${what}): ${grpc.details}`
      return new CompozyError('payload_too_large', message, { cause })
    }
    if (neverConnected(grpc.details)) {
      const message = `the Temporal server cannot be reached (${what})`
      return new CompozyError('temporal_unavailable', message, { cause })
    }
    const [code, message] = byGrpcStatus[status] ?? ['temporal_failed', 'Temporal refused the call']
    return new CompozyError(code, `${message} (${what}): ${grpc.details}`, { cause })
  }
  return CompozyError.from(thrown, 'temporal_failed')
}
