import type { InjectedSinks } from '@temporalio/worker'
import type { FastifyInstance } from 'fastify'
import type { CustomMetric } from '../../core/custom-metric.ts'
import type { LogDropReason } from '../../core/observation.ts'
import type { Logger } from '../../core/logger.ts'
import type { RequestCounting } from './adapters/fastify.ts'
import type { RunStartingRequest } from './adapters/request-origins.ts'
import { idleSinks } from './adapters/temporal-sinks.ts'
import type { TemporalHealth } from './adapters/liveness.ts'
import type { SdkSource } from './adapters/sdk-metrics.ts'
import type { ServerTruth } from './reconcile/server-truth.ts'
import type { Family } from './catalogue.ts'
import type { MonitoringConfig } from './config.ts'
import { createCustomInstruments, type CustomMetrics } from './custom-metrics.ts'
import type { ScrapeRequest } from './exposition/exposition.ts'
import { refusal, type ScrapeReply } from './exposition/scrape-reply.ts'
import type { KnownNames, ToolCallRecord } from './families/task.ts'
import type { WorkerCounts } from './families/temporal.ts'
import type { Reader } from './instruments/reader.ts'
import { createRegistry, type Registry } from './instruments/registry.ts'
import type { ObservationSinks } from './observations.ts'
import type { MetricSinks } from './sandbox.ts'

/** Options of the monitoring service, which `public/` fills in from the options of its callers. */
export interface ServiceOptions extends KnownNames {
  readonly config: MonitoringConfig
  readonly build: { readonly version: string; readonly commit: string }
  /** Metrics that the project declares in YAML. */
  readonly customMetrics?: readonly CustomMetric[]
  readonly logger: Logger
  /** Prefix of every exported name; default: `compozy`. */
  readonly prefix?: string
  /** Families of the catalogue that nothing will feed, and that are not exported. */
  readonly without?: readonly Family[]
  /** Number of workflow types beyond `workflows` that get series of their own; default 0. */
  readonly openWorkflowTypes?: number
  /** Start of the paths whose documented statuses exist at 0; default: `/api/`. */
  readonly documentedPaths?: string
  /** Bearer token that a scrape must carry, if any; a function where the token may change. */
  readonly token?: string | (() => string) | undefined
  /** Seconds since the process started, for tests. */
  readonly uptimeSeconds?: () => number
  /** Opens the reader, for tests of its failure. */
  readonly openReader?: (registry: Registry, cardinalityLimit: number) => Reader
}

/**
 * Monitoring for the rest of the engine: a sink for events that it never reads. Disabled,
 * it has the same shape and does nothing.
 */
export interface MonitoringService {
  /** Path of the metrics endpoint; null when monitoring is disabled. */
  readonly path: string | null
  /** Why monitoring failed to start, if it did: the engine runs and the endpoint answers 503. */
  readonly initError: string | undefined
  /** Custom metrics in code. */
  readonly metrics: CustomMetrics
  /**
   * Adds workflows and tools while the process runs: their series exist at 0 from now on. Names
   * that are known already go on, whether they are given again or not.
   */
  addKnown(names: KnownNames): void
  /**
   * Answers a scrape, for servers other than Fastify: 404 when monitoring is disabled, 500 or 503
   * when it fails. It does not check `token`: check the `Authorization` header before.
   */
  scrape(request: ScrapeRequest): Promise<ScrapeReply>
  readonly http: {
    /** Counts every request of a server that was created without `requestCounting`. */
    countServer(app: FastifyInstance): void
    /** Spread into Fastify's options; installs the listener that counts every request. */
    readonly requestCounting: RequestCounting
    /**
     * Binds the counters of every route of a server with `requestCounting`. Call before any route.
     */
    countRoutes(app: FastifyInstance): void
    /**
     * Names the run that a request started. With `exemplars` on, the duration of the request leads
     * to the run, and a failure of it too.
     */
    linkRun(request: RunStartingRequest, execId: string): void
    /** Adds the metrics route, unless `monitoring.listen` serves it. */
    registerEndpoint(app: FastifyInstance): void
    /**
     * Listens on `monitoring.listen` and returns the URL, or undefined when the main server serves
     * the metrics. Throws CompozyError `port_in_use` or `config_invalid`.
     */
    listen(): Promise<string | undefined>
  }
  readonly temporal: {
    /**
     * The `sinks` option of every worker; the bundle calls them even when monitoring is disabled.
     */
    readonly sinks: InjectedSinks<MetricSinks & ObservationSinks>
    /** Listens to the evictions of a worker, which commit its closes. Call for every worker. */
    observeEvictions(worker: object): void
    /** Sets the source of the two worker gauges. */
    setWorkers(workers: WorkerCounts): void
    /**
     * Starts to check whether Temporal answers, every 5 seconds. `health` returns undefined when it
     * is well, or why not; a rejection says no too, and so does no answer within its time.
     *
     * @example
     * watchHealth(async (timeoutMs) => {
     *   const call = () => connection.workflowService.getSystemInfo({})
     *   await connection.withDeadline(Date.now() + timeoutMs, call)
     *   return undefined
     * })
     */
    watchHealth(health: TemporalHealth): void
    /** Marks the process as shutting down: alerts no longer expect its workers to poll. */
    setDraining(): void
    /** Records a signal that the API refuses because its run keeps as many as it may. */
    recordRefusedSignal(): void
    /** Starts to query Temporal for what only it knows. */
    reconcile(truth: ServerTruth): void
    /**
     * Leaves the closes by Temporal that nobody has counted yet to the next process. Waits up to
     * `withinMs` for a count under way. Call before {@link MonitoringService.nextScrape}: what is
     * counted after the last scrape is lost.
     */
    stopCounting(withinMs: number): Promise<void>
    /**
     * Which metrics of the Temporal SDK are needed: those that tell whether the worker polls
     * (`pollMetrics`), or all of them for export.
     */
    readonly sdkMetricsWanted: 'none' | 'polls' | 'all'
    /**
     * Sets what the metrics of the Temporal SDK are read from: without it, the poll ages of workers
     * are absent, and `temporalSdk` exports nothing.
     */
    attachSdkMetrics(source: SdkSource): void
  }
  readonly tools: {
    /** Records a tool call that ended. */
    recordCall(call: ToolCallRecord): void
    /** Records that a call begins to wait for a tool process (1), or no longer does (-1). */
    recordWaitingCall(change: 1 | -1): void
    /** Records lines of tools that the logs of runs leave out. */
    recordDroppedLines(reason: LogDropReason, lines: number): void
  }
  /**
   * Waits for one more scrape of each scraper that is expected within `withinMs`, so that nothing
   * counted until now is lost. Returns at once without regular scrapers.
   */
  nextScrape(withinMs: number): Promise<void>
  /**
   * Stops timers and listeners; a second call waits for the first. Recording keeps working and is
   * exported nowhere: a scrape answers 503.
   */
  dispose(): Promise<void>
}

const nothing = (): void => undefined

/** Creates the service. Its parts are loaded only when it is enabled. */
export async function createMonitoringService(options: ServiceOptions): Promise<MonitoringService> {
  if (options.config.enabled) {
    const { createEnabledMonitoring } = await import('./service.ts')
    return createEnabledMonitoring(options)
  }
  return {
    path: null,
    initError: undefined,
    metrics: {
      ...createCustomInstruments(createRegistry()),
      meter: async () => (await import('@opentelemetry/api')).createNoopMeter(),
    },
    addKnown: nothing,
    scrape: async () => refusal(404, 'monitoring is disabled'),
    http: {
      countServer: nothing,
      requestCounting: {},
      countRoutes: nothing,
      linkRun: nothing,
      registerEndpoint: nothing,
      listen: async () => undefined,
    },
    temporal: {
      sinks: idleSinks(),
      observeEvictions: nothing,
      setWorkers: nothing,
      watchHealth: nothing,
      setDraining: nothing,
      recordRefusedSignal: nothing,
      reconcile: nothing,
      stopCounting: async () => undefined,
      sdkMetricsWanted: 'none',
      attachSdkMetrics: nothing,
    },
    tools: { recordCall: nothing, recordWaitingCall: nothing, recordDroppedLines: nothing },
    nextScrape: async () => undefined,
    dispose: async () => undefined,
  }
}
