import type { Client } from '@temporalio/client'
import { CompozyError } from '../../../core/errors.ts'
import type { CallOptions } from '../../../executions.ts'
import { toCompozyError } from './errors.ts'

/** How long one call to Temporal may take, ms. */
export const callTimeoutMs = 5_000

/**
 * Makes a call with a deadline and the caller's abort signal. Errors become CompozyErrors about
 * `what`.
 */
export type Call = <T>(
  what: string,
  options: CallOptions | undefined,
  make: () => Promise<T>,
  timeoutMs?: number,
) => Promise<T>

/**
 * Returns what the work gives, or throws `temporal_timeout` once `signal` aborts: the SDK retries
 * calls to an absent server and ignores the signal meanwhile. The work gets a signal of its own,
 * because the SDK never removes its listener from a signal that outlives the call.
 */
export function unlessAborted<T>(
  signal: AbortSignal | undefined,
  what: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const own = new AbortController()
    const giveUp = (): void => {
      own.abort(signal?.reason)
      const cause: unknown = signal?.reason
      const message = `the call to Temporal was canceled (${what})`
      reject(new CompozyError('temporal_timeout', message, { cause }))
    }
    if (signal?.aborted) return giveUp()
    signal?.addEventListener('abort', giveUp, { once: true })
    work(own.signal)
      .then(resolve, reject)
      .finally(() => signal?.removeEventListener('abort', giveUp))
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
