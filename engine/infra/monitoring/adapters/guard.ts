import type { guardedPlaces } from '../catalogue/self.ts'
import type { Logger } from '../../../core/logger.ts'

/** Minimum time between two log lines of one place. */
const logEveryMs = 60_000

/** A place where monitoring runs inside a request or a workflow. */
export type GuardedPlace = (typeof guardedPlaces)[number]

/** Keeps failures of monitoring away from requests and workflows. */
export interface Guard {
  /** Runs `work`; an error is counted and logged at a limited rate, and never propagates. */
  run(place: GuardedPlace, work: () => void): void
  /** Counts and logs an error that was caught elsewhere. */
  report(place: GuardedPlace, error: unknown): void
}

/** Options of a guard. */
export interface GuardOptions {
  readonly logger: Logger
  /** Counts the failure. */
  readonly onError?: (place: GuardedPlace) => void
  /** Clock in ms, for tests. */
  readonly now?: () => number
}

/** Creates a guard that logs each place at most once a minute, with its number of failures. */
export function createGuard({
  logger,
  onError = () => undefined,
  now = () => performance.now(),
}: GuardOptions): Guard {
  const places = new Map<GuardedPlace, { failures: number; loggedAt: number }>()
  function report(place: GuardedPlace, error: unknown): void {
    const known = places.get(place) ?? { failures: 0, loggedAt: -Infinity }
    known.failures++
    onError(place)
    places.set(place, known)
    if (now() - known.loggedAt < logEveryMs) return
    known.loggedAt = now()
    logger.error(
      { place, failures: known.failures, err: error },
      'monitoring failed; requests and workflows are not affected',
    )
  }
  return {
    report,
    run(place, work) {
      try {
        work()
      } catch (error) {
        report(place, error)
      }
    },
  }
}
