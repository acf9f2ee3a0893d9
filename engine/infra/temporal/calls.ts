import type { Client } from '@temporalio/client'
import type { CallOptions } from '../../workflow/executions.ts'
import { toCompozyError } from './errors.ts'

/** How long a single call to the server may take, ms. */
export const callTimeoutMs = 5_000

/** Makes a call with a deadline and the caller's abort signal; what it throws becomes a CompozyError about `what`. */
export type Call = <T>(
  what: string,
  options: CallOptions | undefined,
  make: () => Promise<T>,
  timeoutMs?: number,
) => Promise<T>

/** {@link Call} on one client. */
export function createCall({ connection }: Client): Call {
  return async (what, options, make, timeoutMs = callTimeoutMs) => {
    try {
      const limited = () => connection.withDeadline(Date.now() + timeoutMs, make)
      return await (options?.signal ? connection.withAbortSignal(options.signal, limited) : limited())
    } catch (thrown) {
      throw toCompozyError(thrown, what)
    }
  }
}
