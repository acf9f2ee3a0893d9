import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { createHttpAdapter } from './adapters/fastify.ts'
import { createGuard } from './adapters/guard.ts'
import { createObservationRecorder } from './adapters/observation-sinks.ts'
import { createWorkflowRecorder } from './adapters/temporal-sinks.ts'
import { endpointSchema } from './endpoint-doc.ts'
import { createExposition, refusal, type Exposition } from './exposition/exposition.ts'
import { customFamilies } from './families/custom.ts'
import { httpFamilies } from './families/http.ts'
import { systemFamilies } from './families/system.ts'
import { temporalFamilies } from './families/temporal.ts'
import type { Monitoring, MonitoringOptions } from './index.ts'
import { createProducer } from './instruments/producer.ts'
import { createRegistry, type Registry } from './instruments/registry.ts'

/** OpenTelemetry's reader over our slots. The provider is private: nobody else's instruments can appear. */
function openReader(registry: Registry): { exporter: PrometheusExporter; provider: MeterProvider } {
  const exporter = new PrometheusExporter({
    preventServerStart: true,
    metricProducers: [createProducer(registry)],
  })
  return { exporter, provider: new MeterProvider({ readers: [exporter] }) }
}

function registerEndpoint(app: FastifyInstance, path: string, exposition: Exposition): void {
  app.get(path, { schema: endpointSchema, logLevel: 'silent' }, async (request, reply: FastifyReply) => {
    const { accept, 'accept-encoding': acceptEncoding } = request.headers
    const { status, headers, body } = await exposition.scrape({
      accept,
      acceptEncoding: Array.isArray(acceptEncoding) ? acceptEncoding.join(',') : acceptEncoding,
    })
    return reply.code(status).headers(headers).send(body)
  })
}

/** The service where monitoring is enabled. Loaded only then. */
export function createEnabledMonitoring(options: MonitoringOptions): Monitoring {
  const { config, build, workflowTypes, logger } = options
  const uptimeSeconds = options.uptimeSeconds ?? (() => process.uptime())
  const guard = createGuard(logger)
  const registry = createRegistry()
  const http = createHttpAdapter(httpFamilies(registry), guard)
  const temporal = temporalFamilies(registry, workflowTypes)
  systemFamilies(registry, { build, uptimeSeconds })
  const observations = createObservationRecorder(customFamilies(registry, options.customMetrics ?? []), guard)
  const recorder = createWorkflowRecorder(temporal, observations, guard)

  let exposition: Exposition
  let shutdown = async (): Promise<void> => undefined
  try {
    const { exporter, provider } = (options.openReader ?? openReader)(registry)
    exposition = createExposition(
      () => exporter.collect(),
      (error) => guard.note('scrape', error),
    )
    // The exporter's shutdown would close a server that it never started, and fail.
    shutdown = () => provider.shutdown().catch(() => undefined)
  } catch (error) {
    logger.error({ err: error }, 'monitoring could not be initialised; the engine runs without it')
    exposition = { scrape: async () => refusal(503, 'monitoring could not be initialised; the log says why') }
  }

  return {
    path: config.path,
    http: { ...http, registerEndpoint: (app) => registerEndpoint(app, config.path, exposition) },
    temporal: { sinks: recorder.sinks, watch: recorder.watch, setWorkers: temporal.setWorkers },
    stop: () => shutdown(),
  }
}
