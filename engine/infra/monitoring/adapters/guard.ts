import type { guardedPlaces } from '../catalogue/self.ts'
import type { Logger } from '../../../core/logger.ts'

/** How often the same trouble is logged, at most. */
const logEveryMs = 60_000

/** Where monitoring works inside somebody else's work. */
export type Place = (typeof guardedPlaces)[number]

/** Runs what monitoring does inside somebody else's work. */
export interface Guard {
  /** Runs `work`; what it throws is counted and logged at a limited rate, and never reaches the host. */
  run(place: Place, work: () => void): void
  /** Notes a failure that was caught elsewhere. */
  note(place: Place, error: unknown): void
}

/** What a guard is made of. */
export interface GuardOptions {
  readonly logger: Logger
  /** Counts the failure. */
  readonly onError?: (place: Place) => void
  /** Clock in ms, for tests. */
  readonly now?: () => number
}

/** A guard that logs each place at most once a minute, with how often it failed in between. */
export function createGuard({
  logger,
  onError = () => undefined,
  now = () => performance.now(),
}: GuardOptions): Guard {
  const places = new Map<Place, { failures: number; loggedAt: number }>()
  function note(place: Place, error: unknown): void {
    const known = places.get(place) ?? { failures: 0, loggedAt: -Infinity }
    known.failures++
    onError(place)
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
