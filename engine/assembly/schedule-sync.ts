import type { Logger } from '../core/logger.ts'
import { keepTrying } from '../infra/temporal/index.ts'
import type { Schedules } from '../executions.ts'

/** Keeps the schedules in Temporal as the project's files say. */
export interface ScheduleSync {
  /**
   * Applies the files, and tries again in the background until it succeeds or `signal` aborts.
   * Resolves after the first attempt: a failing schedule must not delay the start.
   */
  start(signal: AbortSignal): Promise<void>
  /** Applies the files once. Throws CompozyError. */
  apply(options: { signal: AbortSignal }): Promise<void>
}

/** {@link ScheduleSync} on one port. */
export function createScheduleSync(schedules: Schedules, logger: Logger): ScheduleSync {
  return {
    start: (signal) =>
      new Promise((resolve) => {
        const onFailure = (error: unknown, retry_in_ms: number): void => {
          logger.warn({ err: error, retry_in_ms }, 'schedules do not match the files yet; retrying')
          resolve()
        }
        const attempt = () => schedules.reconcile({ signal })
        void keepTrying(attempt, { signal, onFailure }).then(resolve)
      }),
    apply: ({ signal }) => schedules.reconcile({ signal }),
  }
}
