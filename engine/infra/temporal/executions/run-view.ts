import {
  isGrpcServiceError,
  QueryNotRegisteredError,
  ServiceError,
  type Client,
} from '@temporalio/client'
import { CompozyError } from '../../../core/errors.ts'
import type { RunView, ViewRequest } from '../../../definition/run-protocol.ts'
import { createCall } from '../connection/calls.ts'

/** Which run to ask for: the current one of its exec_id, or the one with a run_id. */
export interface ViewedRun {
  readonly execId: string
  readonly runId?: string | undefined
}

/**
 * Asks a worker for the tasks of a run. Throws CompozyError `temporal_timeout` when none answers.
 */
export type QueryView = (run: ViewedRun, request: ViewRequest) => Promise<RunView>

/**
 * How long a query may take, ms. A busy worker answers between two workflow tasks; nobody waits for
 * the query itself, so it may outlast the requests that asked for it.
 */
const queryTimeoutMs = 10_000

/** gRPC's FAILED_PRECONDITION: Temporal's answer to a query when no worker has polled lately. */
const noPoller = 9

/**
 * Reports whether a query failed because no worker answered: too late, none there, or an old one.
 */
function isUnanswered(error: unknown): boolean {
  if (!(error instanceof CompozyError)) return false
  const { cause } = error
  if (error.code === 'temporal_timeout' || cause instanceof QueryNotRegisteredError) return true
  if (!(cause instanceof ServiceError) || !isGrpcServiceError(cause.cause)) return false
  const { code: status }: { code: number } = cause.cause
  return status === noPoller
}

/** {@link QueryView} on one client. */
export function createQueryView(client: Client): QueryView {
  const call = createCall(client)
  return async ({ execId, runId }, request) => {
    const handle = client.workflow.getHandle(execId, runId)
    const query = () => handle.query<RunView, [ViewRequest]>('view', request)
    try {
      return await call(`tasks of execution "${execId}"`, undefined, query, queryTimeoutMs)
    } catch (error) {
      if (!isUnanswered(error)) throw error
      const message = `no worker reports the tasks of execution "${execId}"`
      throw new CompozyError('temporal_timeout', message, { cause: error })
    }
  }
}
