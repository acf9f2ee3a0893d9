import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { isTemporalFailure } from '../../../core/errors.ts'
import type { Execution, Executions } from '../../../executions.ts'

/** How long one wait for a close lasts, and how long to wait after Temporal failed, ms. */
const waitMs = 20_000
const retryMs = 1_000

/** Waits for runs to close. */
export interface CloseWatch {
  /**
   * Resolves with the run when it is closed, undefined when `signal` aborts. While Temporal fails
   * it tries again. Rejects when the run no longer exists.
   */
  untilClosed(execId: string, signal: AbortSignal): Promise<Execution | undefined>
}

interface SharedClose {
  readonly closed: Promise<Execution | undefined>
  readonly stop: AbortController
  followers: number
}

/** Waits for each run once, however many ask; stops when the last one leaves. */
export function createCloseWatch(executions: Pick<Executions, 'result'>): CloseWatch {
  const watches = new Map<string, SharedClose>()

  async function wait(execId: string, signal: AbortSignal): Promise<Execution | undefined> {
    while (!signal.aborted) {
      try {
        const closed = await executions.result(execId, waitMs, { signal })
        if (closed !== undefined) return closed
      } catch (error) {
        if (signal.aborted) return undefined
        if (!isTemporalFailure(error)) throw error
        await sleep(retryMs, undefined, { signal }).catch(() => undefined)
      }
    }
    return undefined
  }

  function join(execId: string): SharedClose {
    const found = watches.get(execId)
    if (found !== undefined) {
      found.followers++
      return found
    }
    const stop = new AbortController()
    setMaxListeners(0, stop.signal)
    const watch = { closed: wait(execId, stop.signal), stop, followers: 1 }
    watches.set(execId, watch)
    return watch
  }

  return {
    async untilClosed(execId, signal) {
      const watch = join(execId)
      let onAbort = (): void => undefined
      const aborted = new Promise<undefined>((resolve) => {
        onAbort = () => resolve(undefined)
        signal.addEventListener('abort', onAbort, { once: true })
        if (signal.aborted) onAbort()
      })
      try {
        return await Promise.race([watch.closed, aborted])
      } finally {
        signal.removeEventListener('abort', onAbort)
        if (--watch.followers === 0) {
          watch.stop.abort()
          if (watches.get(execId) === watch) watches.delete(execId)
        }
      }
    },
  }
}
