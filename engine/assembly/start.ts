import { CompozyError } from '../core/errors.ts'
import { keepTrying } from '../infra/temporal/index.ts'
import type { EngineParts } from './parts.ts'
import { healthTimeoutMs } from './readiness.ts'
import { serverTruthOf } from './server-truth.ts'

/** Where everything answers. */
export interface ReadyInfo {
  readonly api: string
  readonly metrics: string | null
  readonly temporal: string
  readonly namespace: string
  readonly task_queue: string
  readonly ui: string | null
}

/**
 * Listens, waits for Temporal, then starts workers and schedules. Resolves early when `signal`
 * aborts.
 */
export async function startParts(parts: EngineParts, signal: AbortSignal): Promise<ReadyInfo> {
  const { options, server, monitoring, taskQueue } = parts
  const { address, namespace } = options.config.temporal
  const url = await server.listen()
  const metricsUrl = (await monitoring.http.listen()) ?? url
  monitoring.temporal.watchHealth(parts.health)
  await waitForTemporal(parts, signal)
  if (!signal.aborted) {
    monitoring.temporal.reconcile(serverTruthOf(parts))
    await Promise.race([startWork(parts, signal), aborted(signal)])
  }
  return {
    api: url,
    metrics: monitoring.path === null ? null : `${metricsUrl}${monitoring.path}`,
    temporal: address,
    namespace,
    task_queue: taskQueue,
    ui: options.ui ?? null,
  }
}

async function startWork(parts: EngineParts, signal: AbortSignal): Promise<void> {
  const { workers, schedules, stopping, options } = parts
  const work = [workers.start()]
  if (options.role === 'all') work.push(schedules.start(AbortSignal.any([signal, stopping.signal])))
  await Promise.all(work)
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

function waitForTemporal({ health, options }: EngineParts, signal: AbortSignal): Promise<void> {
  const attempt = async (): Promise<void> => {
    const reason = await health(healthTimeoutMs)
    if (reason !== undefined) throw new CompozyError('temporal_unavailable', reason)
  }
  return keepTrying(attempt, {
    signal,
    onFailure: (error, retry_in_ms) => {
      const { message: reason } = CompozyError.from(error)
      options.logger.warn({ reason, retry_in_ms }, 'Temporal does not answer; retrying')
    },
  })
}
