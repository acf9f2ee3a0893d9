/** Limits how fast queries are asked, and slows down when they fail. */
export interface QueryBudget {
  /** Resolves when the next query may be asked, or when `signal` aborts. */
  wait(signal: AbortSignal): Promise<void>
  succeeded(): void
  /** Doubles the pause before the next query, up to 15 s. */
  failed(): void
}

/** Queries of a process alone that may come at once; a fleet shares them. */
export const burstQueries = 10
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

/** What a process may ask, as one of a fleet; read for each query. */
export interface BudgetShare {
  /** Queries per second of all processes together. */
  readonly perSecond: number
  readonly fleetSize: () => number
}

/** Creates a token bucket for one process of a fleet. */
export function createQueryBudget(
  { perSecond: budget, fleetSize }: BudgetShare,
  now: () => number = () => performance.now(),
): QueryBudget {
  const perSecond = (): number => budget / fleetSize()
  let tokens = burstQueries
  let refilledAt = now()
  let failures = 0

  function refill(): void {
    const at = now()
    const most = Math.max(1, burstQueries / fleetSize())
    tokens = Math.min(most, tokens + ((at - refilledAt) / 1_000) * perSecond())
    refilledAt = at
  }

  return {
    async wait(signal) {
      if (failures > 0)
        // Jitter: processes that were refused together must not return together.
        await sleep(
          Math.min(longestPauseMs, firstPauseMs * 2 ** (failures - 1)) * (0.5 + Math.random() / 2),
          signal,
        )
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
