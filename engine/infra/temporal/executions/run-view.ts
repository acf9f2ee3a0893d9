import {
  isGrpcServiceError,
  QueryNotRegisteredError,
  ServiceError,
  type Client,
} from '@temporalio/client'
import { CompozyError } from '../../../core/errors.ts'
import type { CallOptions } from '../../../executions.ts'
import type { RunView } from '../../../definition/run-protocol.ts'
import { createCall } from '../connection/calls.ts'

/** Asks a worker for the live states of a run's tasks. Throws CompozyError `temporal_timeout` where none answers. */
export type View = (
  execId: string,
  options: CallOptions | undefined,
  timeoutMs?: number,
) => Promise<RunView>

/** Signals that a run keeps until a wait takes them; one more is refused, never dropped. */
export const maximumPendingSignals = 1_000

/** gRPC's FAILED_PRECONDITION: what the server answers to a query where no worker has polled lately. */
const noPoller = 9

/** Whether a query failed for want of a worker that answers: too late, none there, or one that does not know it. */
function isUnanswered(error: unknown): boolean {
  if (!(error instanceof CompozyError)) return false
  const { cause } = error
  if (error.code === 'temporal_timeout' || cause instanceof QueryNotRegisteredError) return true
  if (!(cause instanceof ServiceError) || !isGrpcServiceError(cause.cause)) return false
  const { code: status }: { code: number } = cause.cause
  return status === noPoller
}

/** {@link View} on one client. */
export function createView(client: Client): View {
  const call = createCall(client)
  return async (execId, options, timeoutMs) => {
    const query = () => client.workflow.getHandle(execId).query<RunView>('view')
    try {
      return await call(`tasks of execution "${execId}"`, options, query, timeoutMs)
    } catch (error) {
      // A caller that gave up needs no other reason.
      if (options?.signal?.aborted || !isUnanswered(error)) throw error
      throw new CompozyError('temporal_timeout', `no worker tells the tasks of "${execId}"`, {
        cause: error,
      })
    }
  }
}

/** Throws CompozyError `limit_reached` where a run keeps as many signals as it may. */
export async function refuseIfFull(
  view: View,
  execId: string,
  options: CallOptions | undefined,
): Promise<void> {
  // Without a worker to ask the signal is kept by the server; the run itself never drops one.
  const found = await view(execId, options, 2_000).catch(() => undefined)
  if (found === undefined || found.pending_signals < maximumPendingSignals) return
  const message = `execution "${execId}" has ${found.pending_signals} signals that nothing has taken; one more is refused`
  throw new CompozyError('limit_reached', message)
}
