import { createEngineMonitoring } from '../../engine/assembly/parts.ts'
import { serverTruthOf } from '../../engine/assembly/server-truth.ts'
import type { Monitoring } from '../../engine/infra/monitoring/public/index.ts'
import { createHealthCheck, openClient } from '../../engine/infra/temporal/index.ts'
import { SdkMetrics } from '../../engine/worker/sdk-metrics/sdk-metrics.ts'
import { engineOptions, type Surroundings } from './engines.ts'

/** All begin within so long: their timers must not fire together. */
const spreadMs = 5_000

/** Monitoring that sees no requests. */
export interface Backgrounds {
  stop(): Promise<void>
}

/**
 * Starts the monitoring of so many engines in this process, without their requests: what one does
 * by itself is too little to measure. Each is alone in its fleet, as that of a single process is,
 * and asks about the real task queue.
 */
export async function startBackgrounds(
  surroundings: Surroundings,
  count: number,
): Promise<Backgrounds> {
  const options = await engineOptions(surroundings, { MONITORING_ENABLED: 'true' })
  const { temporal } = options.config
  const { namespace } = temporal
  const taskQueue = temporal.taskQueue ?? options.project.name
  const client = openClient(temporal, namespace)
  const started: Monitoring[] = []
  for (let i = 0; i < count; i++) {
    const monitoring = await createEngineMonitoring(options)
    const fleet = serverTruthOf({ client, taskQueue: `${taskQueue}-${i}` })
    const { beat, heartbeats } = fleet
    monitoring.temporal.attachSdkMetrics(
      new SdkMetrics({ namespace, taskQueue }, { everyUpdate: false }),
    )
    monitoring.temporal.watchHealth(createHealthCheck(client, temporal))
    monitoring.temporal.reconcile({
      ...serverTruthOf({ client, taskQueue }),
      identity: fleet.identity,
      beat,
      heartbeats,
    })
    started.push(monitoring)
    await new Promise((resolve) => setTimeout(resolve, spreadMs / count))
  }
  return {
    async stop() {
      await Promise.all(started.map((monitoring) => monitoring.dispose()))
      await client.connection.close()
    },
  }
}
