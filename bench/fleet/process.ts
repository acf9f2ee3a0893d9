import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { WorkflowInfo } from '@temporalio/workflow'
import { silentLogger } from '../../engine/core/logger.ts'
import { monitoringDefaults, type MonitoringConfig } from '../../engine/infra/monitoring/config.ts'
import {
  createMonitoringService,
  type MonitoringService,
} from '../../engine/infra/monitoring/index.ts'

/** The monitoring of a process that knows many workflows, a few of which run. */
export interface FleetProcess {
  readonly scrape: MonitoringService['scrape']
  /** Closes one run of every active workflow. */
  closeRuns(): void
  stop(): Promise<void>
}

/** Options of {@link startFleetProcess}. */
export interface FleetOptions {
  readonly workflows: number
  readonly active: number
  readonly config?: Partial<MonitoringConfig>
}

/** Temporal's answers: active workflows have one open run and some that completed. */
function answersOf(active: ReadonlySet<string>) {
  const none = { running: 0, completed: 0, failed: 0, canceled: 0, terminated: 0, timed_out: 0 }
  const heartbeats = new Map<string, number>()
  return {
    identity: 'bench',
    executions: async (scope: unknown) =>
      typeof scope === 'string' && active.has(scope)
        ? { ...none, running: 1, completed: 20 }
        : none,
    stuck: async () => new Map<string, number>(),
    taskQueue: async () => ({ tasks: 0, ageSeconds: 0 }),
    serverCloses: async () => [],
    beat: async (note: string) => void heartbeats.set(note, Date.now()),
    heartbeats: async () => [...heartbeats].map(([note, at]) => ({ note, at })),
  }
}

/** Starts the process, and waits until Temporal has told of every workflow. */
export async function startFleetProcess(options: FleetOptions): Promise<FleetProcess> {
  const ids = Array.from({ length: options.workflows }, (_, i) => `workflow-${i}`)
  const active = ids.slice(0, options.active)
  const monitoring = await createMonitoringService({
    config: { ...monitoringDefaults, enabled: true, reconcileBudget: 1_000, ...options.config },
    build: { version: '1.0.0', commit: 'abc' },
    workflows: ids.map((id) => ({ id, taskTypes: ['basic'] })),
    tools: [],
    logger: silentLogger,
  })
  const evictionsEmitter = new EventEmitter()
  const { sinks, observeEvictions, reconcile } = monitoring.temporal
  observeEvictions({ evictionsEmitter })
  const { scrape } = monitoring
  let runs = 0

  function closeRun(workflowType: string): void {
    const runId = `run-${runs++}`
    const info = { runId, workflowId: runId, workflowType } as WorkflowInfo
    void sinks.compozyMetrics.started.fn(info)
    void sinks.compozyObservations.observed.fn(info, 0, [
      { type: 'task_ended', taskType: 'basic', outcome: 'completed', durationMs: runs % 900 },
    ])
    void sinks.compozyMetrics.closing.fn(info, 'completed', 0, (runs % 90) * 1_000)
    // Reason 10: the run has ended.
    evictionsEmitter.emit('eviction', { runId, evictJob: { reason: 10 } })
  }

  const asksAll = (text: string): boolean => {
    const told = text.split('compozy_temporal_workflow_executions{').length - 1
    return told >= (options.config?.idleSeries === 'all' ? 6 : 2) * active.length + 6
  }
  reconcile(answersOf(new Set(active)))
  for (const id of active) closeRun(id)
  for (;;) {
    const { body } = await scrape({ accept: undefined, acceptEncoding: undefined })
    if (asksAll(body.toString())) break
    await sleep(100)
  }
  return {
    scrape,
    closeRuns: () => active.forEach(closeRun),
    stop: () => monitoring.dispose(),
  }
}
