import type { CompozyError } from '../core/errors.ts'
import type { Logger } from '../core/logger.ts'
import { listNames } from '../core/nearest.ts'
import type { ScheduleFailure, Schedules } from '../executions.ts'
import { keepTrying } from '../infra/temporal/index.ts'

/** Keeps the schedules in Temporal equal to the project's files. */
export interface ScheduleSync {
  /**
   * Applies the files, and retries in the background while Temporal does not answer. Resolves after
   * the first attempt: a failing schedule must not delay the start.
   */
  start(signal: AbortSignal): Promise<void>
  /** Applies the files once. Throws CompozyError when Temporal does not answer. */
  apply(options: { signal: AbortSignal }): Promise<void>
  /** Describes schedules that differ from their files; undefined if none does. */
  trouble(): string | undefined
}

/** Failures that may pass without a change of the file. */
const transient: readonly CompozyError['code'][] = ['temporal_unavailable', 'temporal_timeout']

/** {@link ScheduleSync} on one port. */
export function createScheduleSync(schedules: Schedules, logger: Logger): ScheduleSync {
  let failures: readonly ScheduleFailure[] = []

  async function apply({ signal }: { signal: AbortSignal }): Promise<void> {
    failures = await schedules.reconcile({ signal })
    const passing = failures.find(({ error }) => transient.includes(error.code))
    if (passing !== undefined) throw passing.error
    for (const { workflow_id, error } of failures)
      logger.error({ workflow_id, err: error }, 'Temporal refused a schedule; change its file')
  }

  return {
    apply,
    start: (signal) =>
      new Promise((resolve) => {
        const onFailure = (error: unknown, retry_in_ms: number): void => {
          logger.warn({ err: error, retry_in_ms }, 'schedules do not match the files yet; retrying')
          resolve()
        }
        void keepTrying(() => apply({ signal }), { signal, onFailure }).then(resolve)
      }),
    trouble() {
      const ids = failures.map(({ workflow_id }) => workflow_id)
      return ids.length === 0 ? undefined : `differ from their files: ${listNames(ids)}`
    },
  }
}
