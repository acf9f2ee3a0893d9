import { ScheduleNotFoundError, ServiceError, WorkflowNotFoundError } from '@temporalio/client'
import { NamespaceNotFoundError } from '@temporalio/common'
import { describe, expect, it } from 'vitest'
import { CompozyError } from '../../../core/errors.ts'
import { toCompozyError } from './errors.ts'

/** A gRPC failure as the SDK hands it out. */
function grpc(code: number, details: string): ServiceError {
  return new ServiceError('Failed', {
    cause: Object.assign(new Error(details), { code, details, metadata: {} }),
  })
}

const what = 'execution "a"'

describe('toCompozyError', () => {
  it.each([
    [
      'a run that is unknown',
      new WorkflowNotFoundError('workflow not found', 'a', undefined),
      'not_found',
      'no execution "a"',
    ],
    [
      'a closed run',
      new WorkflowNotFoundError('workflow execution already completed', 'a', undefined),
      'conflict',
      'execution "a" is closed',
    ],
    [
      'an update that a close overtook',
      new WorkflowNotFoundError('workflow update was aborted by closing workflow', 'a', undefined),
      'conflict',
      'execution "a" is closed',
    ],
    [
      'a schedule that is unknown',
      new ScheduleNotFoundError('gone', 's'),
      'not_found',
      'no execution "a"',
    ],
    [
      'a namespace that is unknown',
      new NamespaceNotFoundError('orders'),
      'temporal_failed',
      'the Temporal server has no namespace "orders"',
    ],
    [
      'the same of a bare call',
      grpc(5, 'Namespace orders is not found.'),
      'temporal_failed',
      'the Temporal server has no namespace "orders"',
    ],
    ['NOT_FOUND', grpc(5, 'gone'), 'not_found', 'no execution "a"'],
    ['a canceled call', grpc(1, 'Call cancelled'), 'temporal_timeout', 'canceled'],
    [
      'a call that was too late',
      grpc(4, 'Deadline exceeded after 5.000s,LB pick: 0.001s,remote_addr=127.0.0.1:7233'),
      'temporal_timeout',
      'did not answer in time',
    ],
    [
      'a server that was too late itself',
      grpc(4, 'context deadline exceeded'),
      'temporal_timeout',
      'did not answer in time',
    ],
    [
      'a server that was never reached',
      grpc(4, 'Deadline exceeded after 5.000s,Waiting for LB pick'),
      'temporal_unavailable',
      'cannot be reached',
    ],
    [
      'UNAVAILABLE',
      grpc(14, 'No connection established'),
      'temporal_unavailable',
      'cannot be reached',
    ],
    [
      'RESOURCE_EXHAUSTED',
      grpc(8, 'namespace rate limit exceeded'),
      'temporal_unavailable',
      'over its limits',
    ],
    [
      'a message that is too large',
      grpc(8, 'grpc: received message larger than max (5 vs. 4)'),
      'payload_too_large',
      'too large',
    ],
    [
      'a value that is too large',
      grpc(3, 'Blob data size exceeds limit.'),
      'payload_too_large',
      'too large',
    ],
    ['PERMISSION_DENIED', grpc(7, 'no'), 'temporal_failed', 'denies access'],
    ['UNAUTHENTICATED', grpc(16, 'no'), 'temporal_failed', 'does not accept the API key'],
    [
      'any other status',
      grpc(13, 'boom'),
      'temporal_failed',
      'refused the call (execution "a"): boom',
    ],
    ['any other error', new TypeError('boom'), 'temporal_failed', 'boom'],
    ['what is no error', 'boom', 'temporal_failed', 'boom'],
  ])('Should tell %s', (_, thrown, code, message) => {
    const error = toCompozyError(thrown, what)
    expect(error).toMatchObject({ code, message: expect.stringContaining(message) })
    expect(error.cause).toBe(thrown)
  })

  it('Should leave our own errors as they are', () => {
    const own = new CompozyError('limit_reached', 'full')
    expect(toCompozyError(own, what)).toBe(own)
  })
})
