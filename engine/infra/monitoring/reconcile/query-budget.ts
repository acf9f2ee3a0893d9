import { sleep } from '../../../core/time/sleep.ts'

/** Limits how fast queries are asked, and slows down when they fail. */
export interface QueryBudget {
  /** Resolves when the next query may be asked, or when `signal` aborts. */
  wait(signal: AbortSignal): Promise<void>
  /**
   * Resolves when a further query of the same answer may be asked, or when `signal` aborts. Such
   * queries take the whole budget of the fleet: at the share of one process in a large one, the
   * answer would be too old when it comes.
   */
  waitForFurther(signal: AbortSignal): Promise<void>
  succeeded(): void
  /** Doubles the pause before the next query, up to 15 s. */
  failed(): void
}

/** Queries of a process alone that may come at once; a fleet shares them. */
export const burstQueries = 10
const firstPauseMs = 1_000
const longestPauseMs = 15_000

/** Waits for a time, or until `signal` aborts, and keeps no process alive. */
export const idleFor = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, signal, { keepsAlive: false })

/** What a process may ask, as one of a fleet. */
export interface BudgetShare {
  /** Queries per second of all processes together. */
  readonly perSecond: number
  /** Returns the part of them that this process may ask, above 0 and at most 1. */
  readonly share: () => number
}

/** Creates a token bucket for one process of a fleet. */
export function createQueryBudget(
  { perSecond: budget, share }: BudgetShare,
  now: () => number = () => performance.now(),
): QueryBudget {
  const perSecond = (): number => budget * share()
  const most = (): number => Math.max(1, burstQueries * share())
  /** In a large fleet, processes that begin or fail together must not ask together. */
  const firstTokens = (): number => (most() > 1 ? most() : Math.random())
  let tokens: number | undefined
  let refilledAt = now()
  let failures = 0

  function refill(): number {
    const at = now()
    const earned = ((at - refilledAt) / 1_000) * perSecond()
    refilledAt = at
    return (tokens = Math.min(most(), (tokens ?? firstTokens()) + earned))
  }

  return {
    async wait(signal) {
      if (failures > 0)
        // Jitter: processes that were refused together must not return together.
        await idleFor(
          Math.min(longestPauseMs, firstPauseMs * 2 ** (failures - 1)) * (0.5 + Math.random() / 2),
          signal,
        )
      const left = refill()
      if (left < 1) await idleFor(Math.ceil(((1 - left) / perSecond()) * 1_000), signal)
      tokens = refill() - 1
    },
    async waitForFurther(signal) {
      refill()
      await idleFor(1_000 / budget, signal)
      // Nothing is saved meanwhile.
      refilledAt = now()
    },
    succeeded: () => {
      failures = 0
    },
    failed: () => {
      failures = Math.min(failures + 1, 10)
      tokens = Math.min(firstTokens(), 1)
    },
  }
}
