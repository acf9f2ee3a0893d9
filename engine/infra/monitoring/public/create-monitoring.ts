import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { BundlerPlugin, ReplayWorkerOptions, Worker, WorkerPlugin } from '@temporalio/worker'
import type { FastifyPluginAsync } from 'fastify'
import { claim } from '../adapters/claim.ts'
import { idleSinks } from '../adapters/temporal-sinks.ts'
import { createMonitoringService, type MonitoringService } from '../index.ts'
import { createFastifyPlugin } from './fastify-plugin.ts'
import { loadRequired } from './load-required.ts'
import { readOptions, type MonitoringOptions } from './options.ts'
import { createWorkerSet, type MonitoredWorker } from './workers.ts'

/** Monitoring of Temporal workers. */
export interface TemporalMonitoring extends Omit<
  MonitoringService['temporal'],
  'observeEvictions'
> {
  /**
   * The one line for `Worker.create` and `bundleWorkflowCode`:
   * `plugins: [monitoring.temporal.plugin]`.
   * Adds the interceptors and the sinks, and watches the worker while it runs.
   */
  readonly plugin: WorkerPlugin & BundlerPlugin
  /** Path of the interceptors: an entry of `interceptors.workflowModules`, without the plugin. */
  readonly interceptorsPath: string
  /**
   * Counts the closes of a worker and adds it to the worker gauges. Call it for every worker that
   * was created without the plugin, before `run`. Throws CompozyError `conflict` the second time.
   */
  watch(worker: MonitoredWorker): void
}

/** Everything that is monitored in a process. Disabled, it has the same shape and does nothing. */
export interface Monitoring extends Omit<MonitoringService, 'temporal'> {
  /**
   * Counts every request of the server, whatever its options are, and serves the metrics. Await
   * `app.register(monitoring.fastify)` before your routes.
   */
  readonly fastify: FastifyPluginAsync
  readonly temporal: TemporalMonitoring
}

/** The interceptors as a file: `.ts` when run from source, `.js` in the package. */
function interceptorsPath(): string {
  const built = fileURLToPath(new URL('../sandbox.js', import.meta.url))
  return existsSync(built) ? built : fileURLToPath(new URL('../sandbox.ts', import.meta.url))
}

function createTemporal(service: MonitoringService['temporal']): TemporalMonitoring {
  const path = interceptorsPath()
  const workers = createWorkerSet()
  service.setWorkers(workers)
  const withPath = (modules: readonly string[] = []): string[] => [...new Set([...modules, path])]

  function watch(worker: MonitoredWorker): void {
    claim(worker, 'this Temporal worker')
    service.observeEvictions(worker)
    workers.add(worker)
  }

  return {
    ...service,
    interceptorsPath: path,
    watch,
    plugin: {
      name: 'compozy-monitoring',
      configureBundler: (options) => ({
        ...options,
        workflowInterceptorModules: withPath(options.workflowInterceptorModules),
      }),
      configureWorker: (options) => ({
        ...options,
        sinks: { ...options.sinks, ...service.sinks },
        ...interceptorsOf(options),
      }),
      configureReplayWorker: (options) => ({
        ...options,
        sinks: { ...options.sinks, ...idleSinks() },
        ...interceptorsOf(options),
      }),
      async runWorker(worker: Worker, next) {
        watch(worker)
        await next(worker)
      },
    },
  }

  /** A prebuilt bundle brings its interceptors: Temporal would warn about these. */
  function interceptorsOf({
    interceptors,
    workflowBundle,
  }: ReplayWorkerOptions): Pick<ReplayWorkerOptions, 'interceptors'> {
    if (workflowBundle !== undefined) return {}
    const workflowModules = withPath(interceptors?.workflowModules)
    return { interceptors: { ...interceptors, workflowModules } }
  }
}

/**
 * Creates the monitoring of a process. Nothing is global: several can live in one process, but each
 * server and each worker belongs to one of them.
 *
 * @throws CompozyError `config_invalid` for a wrong option, `package_missing` when a package that
 *   it needs is not installed
 * @example
 * const monitoring = await createMonitoring({ prefix: 'shop' })
 * await app.register(monitoring.fastify)
 * const worker = await Worker.create({ ..., plugins: [monitoring.temporal.plugin] })
 */
export async function createMonitoring(options: MonitoringOptions): Promise<Monitoring> {
  const service = await loadRequired(() => createMonitoringService(readOptions(options)))
  return {
    ...service,
    fastify: createFastifyPlugin(service),
    temporal: createTemporal(service.temporal),
  }
}
