import type { Client } from '@temporalio/client'
import { createCall } from '../connection/calls.ts'

/** Names one run of a chain. */
interface RunOfChain {
  readonly execId: string
  readonly runId: string
}

/** How long the question may take, ms: a tool call, or a child run, waits for it to end. */
const askTimeoutMs = 2_000

/**
 * Returns a reader of the bytes of an open run's history, 0 for a closed one. It throws a
 * CompozyError within the time limit, also while Temporal throttles and the SDK tries again.
 */
export function createHistoryBytes(
  client: Client,
  timeoutMs = askTimeoutMs,
): (run: RunOfChain) => Promise<number> {
  const call = createCall(client)
  return async ({ execId, runId }) => {
    const describe = () => client.workflow.getHandle(execId, runId).describe()
    const options = { signal: AbortSignal.timeout(timeoutMs) }
    const found = await call(`execution "${execId}"`, options, describe, timeoutMs)
    return found.status.name === 'RUNNING' ? (found.historySize ?? 0) : 0
  }
}
