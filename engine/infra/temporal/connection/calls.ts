import type { Client } from '@temporalio/client'
import { CompozyError } from '../../../core/errors.ts'
import type { CallOptions } from '../../../executions.ts'
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

/**
 * The work's result, or the end of the wait for it: the SDK repeats calls to an absent server and hears no signal. The
 * work gets a signal of its own, for the SDK never takes its listener off a signal that outlives the call.
 */
function unlessAborted<T>(
  signal: AbortSignal,
  what: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const own = new AbortController()
    const giveUp = (): void => {
      own.abort(signal.reason)
      const cause: unknown = signal.reason
      reject(
        new CompozyError('temporal_timeout', `the call to Temporal was given up (${what})`, {
          cause,
        }),
      )
    }
    if (signal.aborted) return giveUp()
    signal.addEventListener('abort', giveUp, { once: true })
    work(own.signal)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', giveUp))
  })
}

/** {@link Call} on one client. */
export function createCall({ connection }: Client): Call {
  return async (what, options, make, timeoutMs = callTimeoutMs) => {
    const limited = () => connection.withDeadline(Date.now() + timeoutMs, make)
    const { signal } = options ?? {}
    try {
      if (signal === undefined) return await limited()
      return await unlessAborted(signal, what, (own) => connection.withAbortSignal(own, limited))
    } catch (thrown) {
      throw toCompozyError(thrown, what)
    }
  }
}
