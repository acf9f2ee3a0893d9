import type { Monitoring } from '../infra/monitoring/public/index.ts'
import type { Readiness } from '../infra/server/deps.ts'
import type { HealthCheck } from '../infra/temporal/index.ts'
import type { WorkerPool } from '../worker/pool.ts'
import type { ScheduleSync } from './schedule-sync.ts'
import type { StuckRuns } from './stuck-runs.ts'

/** What readiness depends on. */
export interface ReadinessSources {
  readonly health: HealthCheck
  readonly workers: Pick<WorkerPool, 'configured' | 'running'>
  readonly monitoring: Pick<Monitoring, 'initError'>
  readonly schedules: Pick<ScheduleSync, 'trouble'>
  readonly stuckRuns: StuckRuns
  /** Aborted once the process stops. */
  readonly stopping: AbortSignal
}

/** The readiness of a process. */
export interface ReadinessCheck {
  /** Returns what /readyz answers. */
  readonly check: () => Promise<Readiness>
  /** Reports whether somebody asked in the last minute. */
  readonly isProbed: () => boolean
}

/** No orchestrator or load balancer probes less often, ms. */
const probedWithinMs = 60_000

/** How long Temporal's health check may take, ms. */
export const healthTimeoutMs = 1_000

/**
 * Creates the check behind /readyz. Monitoring that failed to start, schedules that
 * Temporal refused and stuck runs are shown, but do not make a process unready.
 */
export function createReadiness(sources: ReadinessSources): ReadinessCheck {
  const { health, workers, monitoring, schedules, stuckRuns, stopping } = sources
  let probedAt = -Infinity
  const check = async (): Promise<Readiness> => {
    probedAt = performance.now()
    const checks: Record<string, string> = {
      temporal: (await health(healthTimeoutMs)) ?? 'ok',
      workers: workersCheck(workers),
    }
    if (stopping.aborted) checks['draining'] = 'this process is stopping'
    const ready = Object.values(checks).every((state) => state === 'ok')
    const stuck = stuckRuns.trouble()
    if (stuck !== undefined) checks['workflows'] = `degraded: ${stuck}`
    const trouble = schedules.trouble()
    if (trouble !== undefined) checks['schedules'] = `degraded: ${trouble}`
    if (monitoring.initError !== undefined)
      checks['monitoring'] = `degraded: ${monitoring.initError}`
    return { ready, checks }
  }
  return { check, isProbed: () => performance.now() - probedAt < probedWithinMs }
}

function workersCheck(workers: ReadinessSources['workers']): string {
  const [running, configured] = [workers.running(), workers.configured()]
  return running >= configured ? 'ok' : `${running} of ${configured} poll`
}
