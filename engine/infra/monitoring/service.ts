import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { AggregationType, MeterProvider } from '@opentelemetry/sdk-metrics'
import { createHttpAdapter } from './adapters/fastify.ts'
import { createGuard } from './adapters/guard.ts'
import { createObservationRecorder } from './adapters/observation-sinks.ts'
import { createReconciler } from './adapters/reconciler.ts'
import { createCoreMetrics } from './adapters/temporal-core.ts'
import { createWorkflowRecorder } from './adapters/temporal-sinks.ts'
import { createCustomInstruments } from './custom-metrics.ts'
import { createListener, registerEndpoint, type EndpointOptions } from './exposition/endpoint.ts'
import { createExposition, refusal, type Exposition } from './exposition/exposition.ts'
import { customFamilies } from './families/custom.ts'
import { httpFamilies } from './families/http.ts'
import { processFamilies } from './families/process.ts'
import { selfFamilies } from './families/self.ts'
import { systemFamilies } from './families/system.ts'
import { taskFamilies } from './families/task.ts'
import { temporalFamilies } from './families/temporal.ts'
import type { Monitoring, MonitoringOptions } from './index.ts'
import { createProducer } from './instruments/producer.ts'
import { createRegistry, type Registry } from './instruments/registry.ts'
import type { Observation } from '../../core/observation.ts'

type Reader = { exporter: PrometheusExporter; provider: MeterProvider }

/** OpenTelemetry's reader over our slots. The provider is private: nobody else's instruments can appear. */
function openReader(registry: Registry, cardinalityLimit: number): Reader {
  const exporter = new PrometheusExporter({
    preventServerStart: true,
    metricProducers: [createProducer(registry)],
  })
  const views = [
    {
      instrumentName: '*',
      aggregation: { type: AggregationType.DEFAULT } as const,
      aggregationCardinalityLimit: cardinalityLimit,
    },
  ]
  return { exporter, provider: new MeterProvider({ readers: [exporter], views }) }
}

/** The service where monitoring is enabled. Loaded only then. */
export function createEnabledMonitoring(options: MonitoringOptions): Monitoring {
  const { config, build, workflows, tools, customMetrics = [], logger, token } = options
  const workflowTypes = workflows.map(({ id }) => id)
  const overrides = Object.entries(config.families)
  const registry = createRegistry({
    seriesLimit: config.cardinalityLimit,
    seriesLimits: Object.fromEntries(
      overrides.flatMap(([name, { cardinalityLimit: limit }]) =>
        limit === undefined ? [] : [[name, limit]],
      ),
    ),
    buckets: config.buckets,
    without: new Set(overrides.filter(([, { enabled }]) => !enabled).map(([name]) => name)),
    onDropped: (family) => self.dropped(family),
  })
  const self = selfFamilies(registry)
  const guard = createGuard({ logger, onError: self.failed })

  const http = createHttpAdapter(httpFamilies(registry), guard)
  const temporal = temporalFamilies(registry, workflowTypes)
  const tasks = taskFamilies(registry, { workflows, tools })
  const custom = customFamilies(registry, customMetrics)
  systemFamilies(registry, {
    build,
    uptimeSeconds: options.uptimeSeconds ?? (() => process.uptime()),
  })
  const { reconcileInterval: intervalMs } = config
  const core = config.temporalSdk ? createCoreMetrics(registry, guard) : undefined
  const processes = config.process ? processFamilies(registry) : undefined
  const reconciler = createReconciler({ registry, workflowTypes, intervalMs, guard })

  function record(workflowType: string, observation: Observation): void {
    if (observation.type === 'task_ended') tasks.taskEnded({ workflowType, ...observation })
    else custom.record(observation)
  }
  const recorder = createWorkflowRecorder(temporal, createObservationRecorder(record, guard), guard)

  let exposition: Exposition
  let reader: Reader | undefined
  let trouble: string | undefined
  try {
    const { exporter } = (reader = (options.openReader ?? openReader)(
      registry,
      config.cardinalityLimit,
    ))
    exposition = createExposition({
      collect: () => {
        core?.drain()
        return exporter.collect()
      },
      collectErrors: config.collectErrors,
      onCollectError({ collector, error }) {
        self.collectFailed(collector)
        guard.note('scrape', error)
      },
      onFull: self.dropped,
      onScrape: self.scraped,
      onSeries: self.setSeries,
    })
  } catch (error) {
    logger.error({ err: error }, 'monitoring could not be initialised; the engine runs without it')
    trouble = `monitoring could not be initialised: ${error instanceof Error ? error.message : String(error)}`
    const reply = refusal(503, trouble)
    exposition = { scrape: async () => reply }
  }

  const endpoint: EndpointOptions = {
    path: config.path,
    exposition,
    token,
    onRefused: () => self.scraped('401', 0),
  }
  const listener = config.listen === null ? undefined : createListener(config.listen, endpoint)

  return {
    path: config.path,
    trouble,
    metrics: {
      ...createCustomInstruments(registry),
      meter: async () =>
        reader?.provider.getMeter('custom') ??
        (await import('@opentelemetry/api')).createNoopMeter(),
    },
    http: {
      ...http,
      registerEndpoint: (app) =>
        listener === undefined ? registerEndpoint(app, endpoint) : undefined,
      listen: async () => listener?.listen(),
    },
    temporal: {
      sinks: recorder.sinks,
      watch: recorder.watch,
      setWorkers: temporal.setWorkers,
      reconcile: (truth) => reconciler.start(truth),
      wantsSdk: core !== undefined,
      sdk: (source) => core?.start(source),
    },
    tools: { called: (call) => guard.run('tool_call', () => tasks.toolCalled(call)) },
    async stop() {
      await reconciler.stop()
      core?.stop()
      processes?.stop()
      await listener?.close()
      // The exporter's shutdown would close a server that it never started, and fail.
      await reader?.provider.shutdown().catch(() => undefined)
    },
  }
}
