import { EventEmitter } from 'node:events'
import type { WorkflowInfo } from '@temporalio/workflow'
import Fastify from 'fastify'
import { silentLogger } from '../../engine/core/logger.ts'
import { monitoringDefaults, type MonitoringConfig } from '../../engine/infra/monitoring/config.ts'
import { createMonitoringService } from '../../engine/infra/monitoring/index.ts'

/** A process with the engine's monitoring and no engine: its runs end when a test says so. */
export interface ScrapeTarget {
  /** `host:port`. */
  readonly address: string
  /** Records a run that closed after this long. */
  closeRun(run: {
    readonly workflow: string
    readonly kind: 'completed' | 'failed'
    readonly seconds: number
  }): void
  /** Sends a request for a run, which is answered with this status. */
  requestRun(run: { readonly id: string; readonly status: number }): Promise<void>
  /** Bytes of a scrape, uncompressed. */
  bytesOf(accept: string): Promise<number>
  stop(): Promise<void>
}

/** Starts a target with these workflows. */
export async function startScrapeTarget(
  config: Partial<MonitoringConfig>,
  workflows: readonly string[],
): Promise<ScrapeTarget> {
  const monitoring = await createMonitoringService({
    config: { ...monitoringDefaults, enabled: true, ...config },
    build: { version: '1.0.0', commit: 'abc' },
    workflows: workflows.map((id) => ({ id, taskTypes: ['basic'] })),
    tools: [],
    logger: silentLogger,
  })
  const evictionsEmitter = new EventEmitter()
  const { sinks, observeEvictions } = monitoring.temporal
  observeEvictions({ evictionsEmitter })
  const app = Fastify({ ...monitoring.http.requestCounting })
  monitoring.http.countRoutes(app)
  monitoring.http.registerEndpoint(app)
  app.post<{ Params: { status: string; run: string } }>(
    '/runs/:status/:run',
    async (request, reply) => {
      monitoring.http.linkRun(request, request.params.run)
      return reply.code(Number(request.params.status)).send()
    },
  )
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  let runs = 0
  return {
    address: new URL(url).host,
    closeRun({ workflow, kind, seconds }) {
      const runId = `run-${runs++}`
      const info = { runId, workflowId: runId, workflowType: workflow } as WorkflowInfo
      void sinks.compozyMetrics.started.fn(info)
      void sinks.compozyMetrics.closing.fn(info, kind, 0, seconds * 1_000)
      // Reason 10: the run has ended.
      evictionsEmitter.emit('eviction', { runId, evictJob: { reason: 10 } })
    },
    async requestRun({ id, status }) {
      await fetch(`${url}/runs/${status}/${id}`, { method: 'POST' })
    },
    async bytesOf(accept) {
      const response = await fetch(`${url}/metrics`, {
        headers: { accept, 'accept-encoding': 'identity' },
      })
      return (await response.arrayBuffer()).byteLength
    },
    async stop() {
      await app.close()
      await monitoring.dispose()
    },
  }
}
