import type { Logger } from '../../../core/logger.ts'

/** How often the same trouble is logged, at most. */
const logEveryMs = 60_000

/** Runs what monitoring does inside somebody else's work. */
export interface Guard {
  /** Runs `work`; what it throws is counted and logged at a limited rate, and never reaches the host. */
  run(place: string, work: () => void): void
  /** Notes a failure that was caught elsewhere. */
  note(place: string, error: unknown): void
}

/** A guard that logs each place at most once a minute, with how often it failed in between. */
export function createGuard(logger: Logger, now: () => number = () => performance.now()): Guard {
  const places = new Map<string, { failures: number; loggedAt: number }>()
  function note(place: string, error: unknown): void {
    const known = places.get(place) ?? { failures: 0, loggedAt: -Infinity }
    known.failures++
    places.set(place, known)
    if (now() - known.loggedAt < logEveryMs) return
    known.loggedAt = now()
    logger.error(
      { place, failures: known.failures, err: error },
      'monitoring failed; requests and workflows go on',
    )
  }
  return {
    note,
    run(place, work) {
      try {
        work()
      } catch (error) {
        note(place, error)
      }
    },
  }
}
