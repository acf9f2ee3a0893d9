import { setMaxListeners } from 'node:events'
import type { Socket } from 'node:net'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { CompozyError } from '../../core/errors.ts'
import { addJsonParser } from './body.ts'
import type { ServerDependencies } from './deps.ts'
import { registerDocs } from './openapi.ts'
import { addNotFound } from './not-found.ts'
import { refuseBytes } from './malformed.ts'
import { problemType, toError, toProblem } from './problem.ts'
import { addOriginCheck } from './origin.ts'
import { eventRoutes } from './routes/events.ts'
import { executionRoutes } from './routes/executions.ts'
import { healthRoutes } from './routes/health.ts'
import { profileRoutes } from './routes/profiles.ts'
import { progressRoutes } from './routes/progress.ts'
import { scheduleRoutes } from './routes/schedules.ts'
import { toolRoutes } from './routes/tools.ts'
import { workflowRoutes } from './routes/workflows.ts'
import { addTokenCheck } from './token.ts'

/** The HTTP server of a process. */
export interface HttpServer {
  readonly app: FastifyInstance
  /** Listens; gives the URL that it can be reached by. Throws CompozyError `port_in_use` naming port and flag. */
  listen(): Promise<string>
  /** Takes no more connections, answers what is under way, then closes; cuts off what takes longer than this, by default the drain. */
  close(options?: { withinMs?: number }): Promise<void>
}

/** Sends an error as its problem document; the only place that does. */
function sendProblem(
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  { logger }: ServerDependencies,
): void {
  const error = toError(thrown)
  const problem = toProblem(error, request.id)
  if (problem.status >= 500) {
    logger.error(
      { request_id: request.id, method: request.method, url: request.url, err: thrown },
      'a request failed',
    )
  }
  void reply.header('x-request-id', request.id)
  if (problem.status === 401) void reply.header('www-authenticate', 'Bearer')
  void reply.code(problem.status).type(problemType).send(JSON.stringify(problem))
}

/** The client's own id where it can stand in a log line, else a new one. */
function requestIdOf(given: string | string[] | undefined): string {
  return typeof given === 'string' && /^[\w.:@/+=-]{1,128}$/.test(given)
    ? given
    : crypto.randomUUID()
}

/**
 * Closes connections that ask for nothing. Node's own idea of idle leaves out those that never asked, which clients
 * open in advance; a stop would wait for them until its time is up.
 */
function trackIdle({ server }: FastifyInstance): { close(): void } {
  const open = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  return {
    close() {
      server.closeIdleConnections()
      for (const socket of open) if (socket.bytesRead === 0) socket.destroy()
    },
  }
}

const isLoopback = (host: string): boolean => ['127.0.0.1', 'localhost', '::1'].includes(host)

/** Profiles show what runs here and slow it down: they are for whoever is on this machine. */
async function serveProfiles(
  app: FastifyInstance,
  host: string,
  closing: AbortSignal,
): Promise<void> {
  if (!isLoopback(host)) {
    const message = `--profile-endpoint with --host ${host}: profiles are served on 127.0.0.1, localhost or ::1 only`
    throw new CompozyError('config_invalid', message)
  }
  // The inspector stays out of every process that does not ask for it.
  const { createProfiler } = await import('./profiling/profiler.ts')
  const profiler = await createProfiler()
  app.addHook('onClose', async () => profiler.stop())
  profileRoutes(app, profiler, closing)
}

/** How often a stop looks for connections that have become idle. */
const idleCheckMs = 50

/** Builds the server: monitoring first, so that it sees every request, then what the process's role has to offer. */
export async function createServer(dependencies: ServerDependencies): Promise<HttpServer> {
  const { config, monitoring, api, build, logger, profiling } = dependencies
  const app = Fastify({
    ...monitoring.http.serverOptions,
    bodyLimit: config.bodyLimit,
    requestIdHeader: false,
    genReqId: ({ headers }) => requestIdOf(headers['x-request-id']),
    forceCloseConnections: 'idle',
    // What still comes in on an open connection while we stop is answered, and the connection closed.
    return503OnClosing: false,
    clientErrorHandler: refuseBytes,
    routerOptions: { maxParamLength: 1_000 },
    frameworkErrors: (error, request, reply) => {
      sendProblem(error, request, reply, dependencies)
    },
  })
  monitoring.http.attach(app)
  app.setValidatorCompiler(() => () => true)
  app.setSerializerCompiler(() => (data) => JSON.stringify(data))
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply, dependencies))
  addJsonParser(app)
  app.addHook('onRequest', async (request, reply) => void reply.header('x-request-id', request.id))
  addOriginCheck(app)
  if (api?.token !== undefined) addTokenCheck(app, api.token)

  addNotFound(app)
  await registerDocs(app, { version: build.version, token: api?.token !== undefined })
  healthRoutes(app, dependencies)
  monitoring.http.registerEndpoint(app)
  const closing = new AbortController()
  // As many listen as wait for runs or watch them; Node takes more than ten for a leak.
  setMaxListeners(0, closing.signal)
  app.addHook('preClose', async () => closing.abort())
  if (profiling) await serveProfiles(app, config.host, closing.signal)
  if (api !== undefined) {
    workflowRoutes(app, api, closing.signal)
    executionRoutes(app, api)
    progressRoutes(app, api, closing.signal)
    eventRoutes(app, api)
    scheduleRoutes(app, api)
    toolRoutes(app, api)
  }

  const connections = trackIdle(app)
  return {
    app,
    async listen() {
      const { host, port } = config
      if (!isLoopback(host) && api !== undefined && api.token === undefined) {
        logger.warn(
          { host },
          'the API listens beyond this machine without a token; set COMPOZY_API_TOKEN_FILE',
        )
      }
      try {
        await app.listen({ host, port })
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        if (code === 'EADDRINUSE') {
          const message = `port ${port} on ${host} is taken; choose another with --port (0 takes any free one)`
          throw new CompozyError('port_in_use', message, { cause: error })
        }
        if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
          throw new CompozyError(
            'config_invalid',
            `--host ${host} --port ${port} can't be listened on: ${code}`,
            { cause: error },
          )
        }
        throw error
      }
      return urlOf(app, host)
    },
    async close({ withinMs = config.drainTimeout } = {}) {
      // A connection that was busy when the close began stays open after its answer, unless it is asked again.
      const idle = setInterval(() => connections.close(), idleCheckMs).unref()
      const late = setTimeout(() => app.server.closeAllConnections(), withinMs).unref()
      await app.close().finally(() => {
        clearInterval(idle)
        clearTimeout(late)
      })
    },
  }
}

function urlOf(app: FastifyInstance, host: string): string {
  const address = app.server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const reachable =
    host === '0.0.0.0'
      ? '127.0.0.1'
      : host === '::'
        ? '[::1]'
        : host.includes(':')
          ? `[${host}]`
          : host
  return `http://${reachable}:${port}`
}
