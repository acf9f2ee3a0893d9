import { setMaxListeners } from 'node:events'
import Fastify, { type FastifyInstance } from 'fastify'
import { onEachServer, onFurtherServers } from '../../core/bound-servers.ts'
import type { Logger } from '../../core/logger.ts'
import { addAuditLog } from './access/audit.ts'
import { addExpectationCheck } from './access/expectation.ts'
import { addHostCheck } from './access/host.ts'
import { addOriginCheck } from './access/origin.ts'
import { spreadPipelinedRequests } from './access/pipelining.ts'
import { addRateLimit } from './access/rate-limit.ts'
import { addSecurityHeaders } from './access/security-headers.ts'
import { createStreamLimit, type StreamLimit } from './access/stream-limit.ts'
import { addTokenCheck } from './access/token.ts'
import { addJsonParser } from './body.ts'
import type { ApiDependencies, ServerDependencies } from './deps.ts'
import { createErrorHandler } from './error-handler.ts'
import { createListener, isLoopback, type Listener } from './listener.ts'
import { answerMalformedRequest } from './malformed-request.ts'
import { addNotFound } from './not-found.ts'
import { registerDocs } from './openapi.ts'
import { leadToDocs, servePage } from './page.ts'
import { serveProfiles } from './profiling/serve-profiles.ts'
import { createRequestId } from './request-id.ts'
import { eventRoutes } from './routes/events.ts'
import { executionRoutes } from './routes/executions.ts'
import { healthRoutes } from './routes/health.ts'
import { logRoutes } from './routes/logs.ts'
import { metricsForPage, pointToMetrics } from './routes/metrics-elsewhere.ts'
import { progressRoutes } from './routes/progress.ts'
import { recordRoutes } from './routes/records.ts'
import { rerunRoutes } from './routes/reruns/reruns.ts'
import { scheduleRoutes } from './routes/schedules.ts'
import { toolRoutes } from './routes/tools.ts'
import { workflowRoutes } from './routes/workflows.ts'

/** The HTTP server of a process. */
export interface HttpServer extends Listener {
  readonly app: FastifyInstance
}

/** How long the headers of a request may take to arrive, in ms. */
const headersTimeoutMs = 10_000

/**
 * Creates the Fastify instance; monitoring's options make it report every request, even malformed
 * ones.
 */
function createApp({ config, monitoring, logger }: ServerDependencies): FastifyInstance {
  const handleError = createErrorHandler(logger)
  const app = Fastify({
    ...monitoring.http.requestCounting,
    bodyLimit: config.bodyLimit,
    requestIdHeader: false,
    genReqId: createRequestId,
    forceCloseConnections: 'idle',
    requestTimeout: config.requestTimeout,
    http: {
      // Node would answer a request without Host itself, uncounted; the host check refuses it.
      requireHostHeader: false,
      headersTimeout: Math.min(headersTimeoutMs, config.requestTimeout),
      connectionsCheckingInterval: 1_000,
    },
    // While the server stops, requests on open connections still get an answer.
    return503OnClosing: false,
    clientErrorHandler: answerMalformedRequest,
    routerOptions: { maxParamLength: 1_000 },
    frameworkErrors: handleError,
  })
  app.decorate('linkRun', monitoring.http.linkRun)
  app.setErrorHandler(handleError)
  onEachServer(app, (server) => {
    server.maxConnections = config.maxConnections
  })
  // Fastify gives its `clientErrorHandler` to the first server alone.
  onFurtherServers(app, (server) => {
    server.on('clientError', (...details) => app.server.emit('clientError', ...details))
  })
  // Routes parse with zod and serialize plain JSON; see route.ts.
  app.setValidatorCompiler(() => () => true)
  app.setSerializerCompiler(() => (data) => JSON.stringify(data))
  return app
}

function registerApi(
  app: FastifyInstance,
  api: ApiDependencies,
  { closing, logger }: { readonly closing: AbortSignal; readonly logger: Logger },
  streams: StreamLimit,
): void {
  workflowRoutes(app, api, { closing, logger })
  executionRoutes(app, api)
  recordRoutes(app, api)
  rerunRoutes(app, api)
  progressRoutes(app, api, closing, streams)
  logRoutes(app, api, closing, streams)
  eventRoutes(app, api)
  scheduleRoutes(app, api)
  toolRoutes(app, api)
}

/** Returns a signal that aborts when the server begins to close. */
function closingSignal(app: FastifyInstance): AbortSignal {
  const closing = new AbortController()
  // Every request that waits for a run listens; Node would report a leak at eleven.
  setMaxListeners(0, closing.signal)
  app.addHook('preClose', async () => closing.abort())
  return closing.signal
}

/**
 * Creates the HTTP server of a process: health, metrics and docs, and the API where the process has
 * one. Monitoring comes first, so that a request is counted even if a later hook refuses it.
 */
export async function createServer(dependencies: ServerDependencies): Promise<HttpServer> {
  const { config, monitoring, api, build, logger, profiling } = dependencies
  const app = createApp(dependencies)
  monitoring.http.countRoutes(app)
  spreadPipelinedRequests(app)
  addJsonParser(app)
  app.addHook('onRequest', async (request, reply) => void reply.header('x-request-id', request.id))
  addSecurityHeaders(app)
  addAuditLog(app, logger)
  addHostCheck(app, {
    host: config.host,
    allowedHosts: config.allowedHosts.split(/ *, */).filter(Boolean),
  })
  addExpectationCheck(app)
  await addRateLimit(app, config.rateLimit)
  addOriginCheck(app)
  if (api?.token !== undefined) addTokenCheck(app, api.token)

  addNotFound(app)
  await registerDocs(app, {
    version: build.version,
    token: api?.token !== undefined,
    workflows: () => api?.project().workflows.values() ?? [],
  })
  healthRoutes(app, dependencies)
  monitoring.http.registerEndpoint(app)
  const closing = closingSignal(app)
  if (profiling) await serveProfiles(app, config.host, closing)
  const { path } = monitoring
  // A separate listener may serve the metrics.
  const isServed = path !== null && app.hasRoute({ method: 'GET', url: path })
  if (path !== null && !isServed) pointToMetrics(app, path, () => monitoring.http.listen())
  if (api !== undefined && config.page) {
    const isGuarded = dependencies.areMetricsGuarded ?? false
    const hasApiToken = api.token !== undefined
    const metrics = metricsForPage(app, { monitoring, isServed, isGuarded, hasApiToken })
    servePage(app, { version: build.version, metrics })
  } else leadToDocs(app)
  if (api !== undefined)
    registerApi(app, api, { closing, logger }, createStreamLimit(config.maxStreams))

  const listener = createListener(app, config)
  return {
    app,
    close: listener.close,
    async listen() {
      if (!isLoopback(config.host) && api !== undefined && api.token === undefined) {
        const message =
          'the API has no token and other machines can reach it; set COMPOZY_API_TOKEN_FILE'
        logger.warn({ host: config.host }, message)
      }
      return listener.listen()
    },
  }
}
