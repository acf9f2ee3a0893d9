import {
  Worker,
  type InjectedSinks,
  type NativeConnection,
  type WorkflowBundleOption,
} from '@temporalio/worker'
import type { Sinks } from '@temporalio/workflow'
import type { Logger } from '../core/logger.ts'
import { createActivities, type ActivityDependencies } from './activities.ts'
import { buildIdOf } from './build-id.ts'
import { loadWorkflowBundle } from './bundle.ts'
import { cachedRunsWithin, readMemoryLimits } from './cached-runs.ts'
import type { WorkerConfig } from './config.ts'
import { createWorkerPool, type WorkerPool } from './pool.ts'
import { guardThread, ThreadGuard } from './thread-guard.ts'
import { installTemporalRuntime, temporalLogger } from './runtime.ts'
import type { SdkMetrics } from './sdk-metrics/sdk-metrics.ts'

/** The dependencies of a process's workers. */
export interface EngineWorkersOptions extends ActivityDependencies {
  readonly config: WorkerConfig
  readonly namespace: string
  readonly taskQueue: string
  readonly connect: () => Promise<NativeConnection>
  readonly monitoring: {
    readonly sinks: InjectedSinks<Sinks>
    watch(worker: Worker): void
  }
  /** Receives the SDK's metrics. */
  readonly sdkMetrics?: SdkMetrics | undefined
  readonly logger: Logger
  /** How long a stop waits for running tools before it cancels them, ms. */
  readonly graceMs: number
}

/** How often a heartbeat may reach the server. A tool notices a cancellation within this time. */
const heartbeatThrottle = '1s'

/** Creates workers that run this project's workflows and tools, and keeps them alive. */
export function createEngineWorkers(options: EngineWorkersOptions): WorkerPool {
  const { config, namespace, taskQueue, connect, monitoring, logger, graceMs } = options
  const sdkLogger = temporalLogger(logger)
  const activities = createActivities(options)
  const maxCachedRuns =
    config.maxCachedRuns === 'auto'
      ? cachedRunsWithin(readMemoryLimits(), config.count)
      : config.maxCachedRuns
  // The SDK lowers it to this anyway, with a warning.
  const maxWorkflowTasks = Math.min(config.maxConcurrentTasks, maxCachedRuns)
  let bundle: Promise<WorkflowBundleOption> | undefined

  return createWorkerPool({
    count: config.count,
    logger,
    async create() {
      await installTemporalRuntime(logger, options.sdkMetrics)
      const workflowBundle = await (bundle ??= loadWorkflowBundle(sdkLogger))
      const connection = await connect()
      try {
        const worker = await Worker.create({
          connection,
          buildId: buildIdOf(workflowBundle),
          namespace,
          taskQueue,
          workflowBundle,
          activities,
          sinks: monitoring.sinks,
          maxCachedWorkflows: maxCachedRuns,
          maxConcurrentWorkflowTaskExecutions: maxWorkflowTasks,
          maxConcurrentActivityTaskExecutions: config.maxConcurrentTasks,
          maxHeartbeatThrottleInterval: heartbeatThrottle,
          shutdownGraceTime: graceMs,
        })
        monitoring.watch(worker)
        // A held-back run never reaches the workflow sandbox, which would report its type to
        // monitoring.
        const { loaded } = monitoring.sinks['compozyMetrics'] ?? {}
        if (!guardThread(worker, new ThreadGuard({ logger }), (info) => void loaded?.fn(info)))
          logger.warn({}, 'this Temporal SDK hides its sandboxes: one endless step blocks all runs')
        return { worker, close: () => connection.close() }
      } catch (error) {
        await connection.close()
        throw error
      }
    },
  })
}
