import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { CompozyError } from '../core/errors.ts'
import {
  countByStatus,
  countStuck,
  keepTrying,
  listHeartbeats,
  listServerCloses,
  readBacklog,
  sendHeartbeat,
} from '../infra/temporal/index.ts'
import type { ServerTruth } from '../infra/monitoring/public/index.ts'
import type { EngineParts } from './parts.ts'
import { healthTimeoutMs } from './readiness.ts'

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

function serverTruthOf({ client, taskQueue }: EngineParts): ServerTruth {
  const counts = { client, taskQueue }
  return {
    // A process that is started again is another one, also in a container where all are process 1.
    identity: `${process.pid}@${hostname()}/${randomUUID().slice(0, 8)}`,
    executions: (scope, how) => countByStatus(scope, { ...counts, ...how }),
    stuck: (how) => countStuck({ ...counts, ...how }),
    taskQueue: (kind, how) => readBacklog(kind, { ...counts, ...how }),
    serverCloses: (span, how) => listServerCloses(span, { ...counts, ...how }),
    beat: (note, how) => sendHeartbeat(note, { ...counts, ...how }),
    heartbeats: (how) => listHeartbeats({ ...counts, ...how }),
  }
}
