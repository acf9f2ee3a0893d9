import type { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import type { MeterProvider } from '@opentelemetry/sdk-metrics'
import type { InjectedSinks } from '@temporalio/worker'
import type { FastifyInstance, LogController } from 'fastify'
import type { Logger } from '../../core/logger.ts'
import { idleSinks } from './adapters/temporal-sinks.ts'
import type { SdkSource } from './adapters/temporal-core.ts'
import type { ServerTruth } from './adapters/reconciler.ts'
import type { MonitoringConfig } from './config.ts'
import { createCustomInstruments, type CustomMetrics } from './custom-metrics.ts'
import type { CustomMetric } from './families/custom.ts'
import type { KnownWorkflow, ToolCallRecord } from './families/task.ts'
import type { WorkerCounts } from './families/temporal.ts'
import { createRegistry, type Registry } from './instruments/registry.ts'
import type { ObservationSinks } from './observations.ts'
import type { MetricSinks } from './sandbox.ts'

/** What the service is made of. */
export interface MonitoringOptions {
  readonly config: MonitoringConfig
  readonly build: { readonly version: string; readonly commit: string }
  /** The project's workflows: the values that `workflow_type` can have. */
  readonly workflows: readonly KnownWorkflow[]
  /** Ids of the project's tools: the values that `tool` can have. */
  readonly tools: readonly string[]
  /** Metrics that the project declares in YAML. */
  readonly customMetrics?: readonly CustomMetric[]
  readonly logger: Logger
  /** Bearer token that a scrape must carry; absent: none. */
  readonly token?: string | undefined
  /** Seconds since the process started, for tests. */
  readonly uptimeSeconds?: () => number
  /** Opens OpenTelemetry's reader, for tests of its failure. */
  readonly openReader?: (
    registry: Registry,
    cardinalityLimit: number,
  ) => { exporter: PrometheusExporter; provider: MeterProvider }
}

/**
 * Monitoring as the rest of the engine sees it. It is a sink: handed events, never asked. Disabled, it is the same
 * shape and does nothing.
 */
export interface Monitoring {
  /** Path of the metrics; null where monitoring is disabled. */
  readonly path: string | null
  /** Why it is of no use, where it could not be initialised: the engine runs, the path answers 503. */
  readonly trouble: string | undefined
  /** Metrics of your own. */
  readonly metrics: CustomMetrics
  readonly http: {
    /** To be spread into the options that Fastify is made with: they make it tell of every request. */
    readonly serverOptions: { readonly logController?: LogController }
    /** Adds what a server made with `serverOptions` needs; before any route. */
    attach(app: FastifyInstance): void
    /** Adds the metrics route, unless an address of its own serves it. */
    registerEndpoint(app: FastifyInstance): void
    /**
     * Listens on `monitoring.listen`; gives its URL, or undefined where the main server serves the metrics. Throws
     * CompozyError `port_in_use` or `config_invalid`.
     */
    listen(): Promise<string | undefined>
  }
  readonly temporal: {
    /** For every worker's `sinks` option; the bundle calls them, also when disabled. */
    readonly sinks: InjectedSinks<MetricSinks & ObservationSinks>
    /** To be called with every worker that is created. */
    watch(worker: object): void
    /** Where the two worker gauges read. */
    setWorkers(workers: WorkerCounts): void
    /** Where the families of the server's truth come from; asked from now on, again and again. */
    reconcile(truth: ServerTruth): void
    /** Where the events of Temporal's SDK come from; true where they are wanted. */
    readonly wantsSdk: boolean
    sdk(source: SdkSource): void
  }
  readonly tools: {
    /** A call of a tool has ended. */
    called(call: ToolCallRecord): void
  }
  stop(): Promise<void>
}

export { allFamilies, type Family } from './catalogue.ts'
export { createBearerCheck } from './exposition/bearer.ts'
export type { Format } from './exposition/write.ts'
export type { Finding } from './lint/findings.ts'
export { lintExposition, type LintOptions } from './lint/lint.ts'
export { parseExposition, type ParseFailure } from './lint/parse.ts'
export type { ServerTruth } from './adapters/reconciler.ts'

const nothing = (): void => undefined

/** The service for this configuration. OpenTelemetry is loaded only where it is enabled. */
export async function createMonitoringService(options: MonitoringOptions): Promise<Monitoring> {
  if (options.config.enabled) {
    const { createEnabledMonitoring } = await import('./service.ts')
    return createEnabledMonitoring(options)
  }
  return {
    path: null,
    trouble: undefined,
    metrics: {
      ...createCustomInstruments(createRegistry()),
      meter: async () => (await import('@opentelemetry/api')).createNoopMeter(),
    },
    http: {
      serverOptions: {},
      attach: nothing,
      registerEndpoint: nothing,
      listen: async () => undefined,
    },
    temporal: {
      sinks: idleSinks(),
      watch: nothing,
      setWorkers: nothing,
      reconcile: nothing,
      wantsSdk: false,
      sdk: nothing,
    },
    tools: { called: nothing },
    stop: async () => undefined,
  }
}
