/** Limits how fast queries are asked, and slows down when they fail. */
export interface QueryBudget {
  /** Resolves when the next query may be asked, or when `signal` aborts. */
  wait(signal: AbortSignal): Promise<void>
  succeeded(): void
  /** Doubles the pause before the next query, up to 15 s. */
  failed(): void
}

const burst = 10
const firstPauseMs = 1_000
const longestPauseMs = 15_000

/** Resolves after a time, or when `signal` aborts. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms).unref()
    signal.addEventListener('abort', end)
  })
}

/** Creates a token bucket. `perSecond` is read for each query: the share of this process. */
export function createQueryBudget(
  perSecond: () => number,
  now: () => number = () => performance.now(),
): QueryBudget {
  let tokens = burst
  let refilledAt = now()
  let failures = 0

  function refill(): void {
    const at = now()
    tokens = Math.min(burst, tokens + ((at - refilledAt) / 1_000) * perSecond())
    refilledAt = at
  }

  return {
    async wait(signal) {
      if (failures > 0)
        await sleep(Math.min(longestPauseMs, firstPauseMs * 2 ** (failures - 1)), signal)
      refill()
      if (tokens < 1) await sleep(Math.ceil(((1 - tokens) / perSecond()) * 1_000), signal)
      refill()
      tokens -= 1
    },
    succeeded: () => {
      failures = 0
    },
    failed: () => {
      failures = Math.min(failures + 1, 10)
      tokens = Math.min(tokens, 1)
    },
  }
}
