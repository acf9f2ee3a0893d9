import type { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import type { MeterProvider } from '@opentelemetry/sdk-metrics'
import type { InjectedSinks } from '@temporalio/worker'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from '../../core/logger.ts'
import { idleSinks } from './adapters/temporal-sinks.ts'
import type { MonitoringConfig } from './config.ts'
import type { CustomMetric } from './families/custom.ts'
import type { WorkerCounts } from './families/temporal.ts'
import type { Registry } from './instruments/registry.ts'
import type { ObservationSinks } from './observations.ts'
import type { MetricSinks } from './sandbox.ts'

/** What the service is made of. */
export interface MonitoringOptions {
  readonly config: MonitoringConfig
  readonly build: { readonly version: string; readonly commit: string }
  /** Ids of the project's workflows: the values that `workflow_type` can have. */
  readonly workflowTypes: readonly string[]
  /** Metrics that the project declares in YAML. */
  readonly customMetrics?: readonly CustomMetric[]
  readonly logger: Logger
  /** Seconds since the process started, for tests. */
  readonly uptimeSeconds?: () => number
  /** Opens OpenTelemetry's reader, for tests of its failure. */
  readonly openReader?: (registry: Registry) => { exporter: PrometheusExporter; provider: MeterProvider }
}

/**
 * Monitoring as the rest of the engine sees it. It is a sink: handed events, never asked. Disabled, it is the same
 * shape and does nothing.
 */
export interface Monitoring {
  /** Path of the metrics on the main server; null where monitoring is disabled. */
  readonly path: string | null
  readonly http: {
    /** Adds the counting hooks; before any other hook and any route. */
    attach(app: FastifyInstance): void
    /** Counts a request that Fastify refuses before any hook. */
    begin(request: FastifyRequest, reply: FastifyReply): void
    /** Adds the metrics route. */
    registerEndpoint(app: FastifyInstance): void
  }
  readonly temporal: {
    /** For every worker's `sinks` option; the bundle calls them, also when disabled. */
    readonly sinks: InjectedSinks<MetricSinks & ObservationSinks>
    /** To be called with every worker that is created. */
    watch(worker: object): void
    /** Where the two worker gauges read. */
    setWorkers(workers: WorkerCounts): void
  }
  stop(): Promise<void>
}

const nothing = (): void => undefined

/** The service for this configuration. OpenTelemetry is loaded only where it is enabled. */
export async function createMonitoringService(options: MonitoringOptions): Promise<Monitoring> {
  if (options.config.enabled) {
    const { createEnabledMonitoring } = await import('./service.ts')
    return createEnabledMonitoring(options)
  }
  return {
    path: null,
    http: { attach: nothing, begin: nothing, registerEndpoint: nothing },
    temporal: { sinks: idleSinks(), watch: nothing, setWorkers: nothing },
    stop: async () => undefined,
  }
}
