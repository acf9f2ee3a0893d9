import type { guardedPlaces } from '../catalogue/self.ts'
import type { LogFields, Logger } from '../../../core/logger.ts'

/** Minimum time between two log lines of one cause. */
const logEveryMs = 60_000

/** A place where monitoring runs inside a request or a workflow. */
export type GuardedPlace = (typeof guardedPlaces)[number]

/** What failed within a place. Its values are from closed sets: each cause is remembered. */
export type FailureCause = Readonly<Record<string, string>>

/** Keeps failures of monitoring away from requests and workflows. */
export interface Guard {
  /** Runs `work`; an error is counted and logged at a limited rate, and never propagates. */
  run(place: GuardedPlace, work: () => void): void
  /** Counts and logs an error that was caught elsewhere. */
  report(place: GuardedPlace, error: unknown, cause?: FailureCause): void
  /** Logs an error that is not monitoring's own, at the same rate, and does not count it. */
  warn(cause: FailureCause, error: unknown, message: string): void
}

/** Options of a guard. */
export interface GuardOptions {
  readonly logger: Logger
  /** Counts the failure. */
  readonly onError?: (place: GuardedPlace) => void
  /** Clock in ms, for tests. */
  readonly now?: () => number
}

/** Creates a guard that logs each cause at most once a minute, with its number of failures. */
export function createGuard({
  logger,
  onError = () => undefined,
  now = () => performance.now(),
}: GuardOptions): Guard {
  const causes = new Map<string, { failures: number; loggedAt: number }>()

  function log(cause: FailureCause, error: unknown, write: (fields: LogFields) => void): void {
    const key = JSON.stringify(cause)
    const known = causes.get(key) ?? { failures: 0, loggedAt: -Infinity }
    known.failures++
    causes.set(key, known)
    if (now() - known.loggedAt < logEveryMs) return
    known.loggedAt = now()
    write({ ...cause, failures: known.failures, err: error })
  }

  function report(place: GuardedPlace, error: unknown, cause?: FailureCause): void {
    onError(place)
    log({ place, ...cause }, error, (fields) =>
      logger.error(fields, 'monitoring failed; requests and workflows are not affected'),
    )
  }

  return {
    report,
    warn: (cause, error, message) => log(cause, error, (fields) => logger.warn(fields, message)),
    run(place, work) {
      try {
        work()
      } catch (error) {
        report(place, error)
      }
    },
  }
}
