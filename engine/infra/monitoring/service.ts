import { createHttpAdapter } from './adapters/fastify.ts'
import { createGuard } from './adapters/guard.ts'
import { createLiveness } from './adapters/liveness.ts'
import { createObservationRecorder } from './adapters/observation-sinks.ts'
import { createReconciler } from './reconcile/reconciler.ts'
import { createSdkRecorder } from './adapters/sdk-metrics.ts'
import { createClosedRuns, createWorkflowRecorder } from './adapters/temporal-sinks.ts'
import { families } from './catalogue.ts'
import { createCustomInstruments } from './custom-metrics.ts'
import {
  createMetricsListener,
  registerEndpoint,
  type EndpointOptions,
} from './exposition/endpoint.ts'
import { createExposition, type Exposition } from './exposition/exposition.ts'
import { refusal } from './exposition/scrape-reply.ts'
import { createScrapeRhythms } from './exposition/last-scrape.ts'
import { customFamilies } from './families/custom.ts'
import { createNameLimit } from './families/name-limit.ts'
import { httpFamilies } from './families/http.ts'
import { processFamilies } from './families/process.ts'
import { selfFamilies } from './families/self.ts'
import { systemFamilies } from './families/system.ts'
import { taskFamilies, type KnownWorkflow } from './families/task.ts'
import { temporalFamilies } from './families/temporal.ts'
import { disarmedAlerts, disarmedMessage } from './rules/thresholds.ts'
import type { MonitoringService, ServiceOptions } from './index.ts'
import { nativeDefaults } from './instruments/native-histogram.ts'
import { openReader, type Reader } from './instruments/reader.ts'
import { createRegistry, prefixedName } from './instruments/registry.ts'
import { defined } from '../../core/defined.ts'
import type { Observation } from '../../core/observation.ts'

const refusedValue =
  'a value was not recorded; record numbers that leave the sum finite, and none below 0 in a counter'

const idOf = ({ id }: KnownWorkflow): string => id

const tokenMessage = 'option token gives no token; every scrape is refused with 401'

const meterMessage = 'an instrument of the OpenTelemetry Meter cannot be exported'

/** Creates the service when monitoring is enabled. Loaded only then. */
export async function createEnabledMonitoring(options: ServiceOptions): Promise<MonitoringService> {
  const { config, build, workflows, tools, customMetrics = [], logger, token } = options
  const workflowTypes = workflows.map(idOf)
  const admitNames = createNameLimit(config.cardinalityLimit, { workflows, tools })
  const overrides = Object.entries(config.families)
  const registry = createRegistry({
    ...defined({
      prefix: options.prefix,
      native: config.histograms === 'classic' ? undefined : nativeDefaults,
    }),
    seriesLimit: config.cardinalityLimit,
    seriesLimits: Object.fromEntries(
      overrides.flatMap(([name, { cardinalityLimit: limit }]) =>
        limit === undefined ? [] : [[name, limit]],
      ),
    ),
    buckets: config.buckets,
    without: new Set([
      ...(options.without ?? []).map((family) => prefixedName(family, options.prefix)),
      ...overrides.filter(([, { enabled }]) => !enabled).map(([name]) => name),
    ]),
    onDropped: (family) => self.recordDrop(family),
  })
  for (const threshold of disarmedAlerts(config, options.prefix))
    logger.warn({}, disarmedMessage(threshold, options.prefix))
  const self = selfFamilies(registry)
  const requestCounter = registry.nameOf(families.httpRequests)
  const requestLimit = config.families[requestCounter]?.cardinalityLimit ?? config.cardinalityLimit
  const guard = createGuard({ logger, onError: self.recordFailure })

  // It loads the API of OpenTelemetry, for spans.
  const exemplars = config.exemplars
    ? (await import('./instruments/exemplars.ts')).createExemplars()
    : undefined
  const { documentedPaths } = options
  const seen = defined({ exemplars, documentedPaths })
  const http = createHttpAdapter(httpFamilies(registry, requestLimit), guard, seen)
  const { idleSeries } = config
  const temporal = temporalFamilies(registry, workflowTypes, {
    openTypes: options.openWorkflowTypes,
    idleSeries,
    onActive(type) {
      tasks.expectTasks(type)
      reconciler.expectCloses(type)
    },
  })
  const tasks = taskFamilies(registry, { workflows, tools }, defined({ exemplars, idleSeries }))
  const custom = customFamilies(registry, customMetrics)
  systemFamilies(registry, {
    build,
    withGoVersion: options.prefix === undefined,
    uptimeSeconds: options.uptimeSeconds ?? (() => process.uptime()),
  })
  const { reconcileInterval: intervalMs } = config
  const liveness = createLiveness({ registry, seesPolls: () => sdk.seesPolls() })
  const sdk = createSdkRecorder({
    registry,
    guard,
    exported: config.temporalSdk,
    onPoll: liveness.polled,
    onSlots: liveness.setFull,
  })
  const processes = config.process ? processFamilies(registry) : undefined
  const reconciler = createReconciler({
    registry,
    workflowTypes,
    intervalMs,
    budget: config.reconcileBudget,
    idleSeries,
    guard,
    onAnswer: liveness.answered,
  })
  self.expectCollectors(registry.observed())

  function record(
    { workflowType, execId }: { workflowType: string; execId: string },
    observation: Observation,
  ): void {
    if (observation.type === 'task_ended')
      tasks.recordTask({ workflowType, execId, ...observation })
    else if (observation.type === 'limit_exceeded') tasks.recordExcess(observation.limit)
    else custom.record(observation)
  }
  const closedRuns = createClosedRuns()
  const observations = createObservationRecorder(record, guard, closedRuns, liveness)
  const recorder = createWorkflowRecorder(temporal, observations, guard, closedRuns, exemplars)

  const scrapes = createScrapeRhythms()
  let exposition: Exposition
  let reader: Reader | undefined
  let initError: string | undefined
  try {
    const opened = (options.openReader ?? openReader)(registry, config.cardinalityLimit)
    reader = opened
    exposition = createExposition({
      collect: () => {
        sdk.drain()
        return opened.collect()
      },
      collectErrors: config.collectErrors,
      histograms: config.histograms,
      createdSamples: config.createdSamples,
      onCollectError({ collector, error }) {
        self.recordCollectError(collector)
        // An instrument of the Meter is code of the application: its failure is no defect here.
        if (collector === 'meter') guard.warn({ collector }, error, meterMessage)
        else guard.report('scrape', error, { collector })
      },
      onFull: self.recordDrop,
      onScrape(code, seconds, request) {
        self.recordScrape(code, seconds)
        if (code === '200') scrapes.record(request, seconds)
      },
      onSeries: self.setSeries,
    })
  } catch (error) {
    logger.error({ err: error }, 'monitoring failed to start; the engine runs without it')
    initError = `monitoring failed to start: ${error instanceof Error ? error.message : String(error)}`
    const reply = refusal(503, initError)
    exposition = { scrape: async () => reply }
  }

  let disposed: Promise<void> | undefined
  const afterDisposal = refusal(503, 'monitoring is disposed; the process no longer serves metrics')
  const served: Exposition = {
    scrape: async (request) =>
      disposed === undefined ? exposition.scrape(request) : afterDisposal,
  }
  const endpoint: EndpointOptions = {
    path: config.path,
    exposition: served,
    token,
    onRefused: () => self.recordScrape('401', 0),
    onTokenFailure: (failure) => logger.error({ ...failure }, tokenMessage),
  }
  const listener =
    config.listen === null ? undefined : createMetricsListener(config.listen, endpoint, http)

  return {
    path: config.path,
    initError,
    metrics: {
      ...createCustomInstruments(registry, (metric) =>
        guard.report('custom_metric', new Error(`metric "${metric}": ${refusedValue}`), { metric }),
      ),
      meter: async () => reader?.meter() ?? (await import('@opentelemetry/api')).createNoopMeter(),
    },
    addKnown(names) {
      const { admitted, refused } = admitNames(names)
      const types = admitted.workflows.map(idOf)
      temporal.addKnown(types)
      tasks.addKnown(admitted)
      reconciler.addKnown(types)
      if (refused.length > 0)
        logger.warn(
          { names: refused },
          'monitoring.cardinality_limit is reached; new workflows and tools are recorded as other',
        )
    },
    scrape: served.scrape,
    http: {
      ...http,
      registerEndpoint: (app) =>
        listener === undefined ? registerEndpoint(app, endpoint) : undefined,
      listen: async () => listener?.listen(),
    },
    temporal: {
      sinks: recorder.sinks,
      observeEvictions(worker) {
        sdk.workerCreated()
        recorder.observeEvictions(worker)
      },
      setWorkers(workers) {
        temporal.setWorkers(workers)
        liveness.setWorkers(workers)
      },
      watchHealth: liveness.start,
      setDraining: liveness.setDraining,
      recordRefusedSignal: () =>
        guard.run('http_request', () => tasks.recordExcess('kept_signals')),
      reconcile: (truth) => reconciler.start(truth),
      stopCounting: reconciler.stopCounting,
      sdkMetricsWanted: config.temporalSdk ? 'all' : 'polls',
      attachSdkMetrics: (source) => sdk.start(source),
    },
    tools: {
      recordCall: (call) => guard.run('tool_call', () => tasks.recordToolCall(call)),
      recordWaitingCall: (change) => guard.run('tool_call', () => tasks.recordWaitingCall(change)),
      recordDroppedLines: (reason, lines) =>
        guard.run('tool_call', () => tasks.recordDroppedLines(reason, lines)),
    },
    nextScrape: scrapes.next,
    dispose: () => (disposed ??= dispose()),
  }

  async function dispose(): Promise<void> {
    await reconciler.stop()
    sdk.stop()
    liveness.stop()
    observations.stop()
    processes?.stop()
    await listener?.close()
    await reader?.stop()
  }
}
