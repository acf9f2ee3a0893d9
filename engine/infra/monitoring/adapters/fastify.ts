import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import {
  LogController,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type RouteOptions,
} from 'fastify'
import {
  unmatchedPath,
  type ClientError,
  type HttpFamilies,
  type RouteSlots,
} from '../families/http.ts'
import type { Exemplars, TraceLabels } from '../instruments/exemplars.ts'
import type { Guard } from './guard.ts'
import { createRouteReader, type MatchedRoute } from './route-reader.ts'

/** Key of the slots in a route's configuration. */
const slotsKey = Symbol('compozy.http.slots')

interface SlotConfig {
  /** The route holds its connection on purpose, so its duration is not a latency. */
  readonly longLived?: boolean
  /** By method for a route with several methods. */
  [slotsKey]?: RouteSlots | ReadonlyMap<string, RouteSlots>
}

/** Status of a request whose client closed the connection first, as nginx has it. */
const clientClosedRequest = 499

/** Options of a Fastify server whose requests are counted. */
export interface RequestCounting {
  readonly logController?: LogController
  /** Node would answer a request without Host itself, uncounted: the server refuses it instead. */
  readonly http?: { readonly requireHostHeader: false }
}

/** Counts the HTTP requests of one server. */
export interface HttpAdapter {
  /** Spread into Fastify's options; installs the listener that counts every request. */
  readonly requestCounting: RequestCounting
  /**
   * Binds the counters of every route of a server with `requestCounting`. Call before any route.
   */
  countRoutes(app: FastifyInstance): void
}

/**
 * Returns the status that Node itself sends when it breaks off an upload: invalid HTTP, or a
 * timeout. No reply of Fastify carries that status.
 */
function refusedUpload({ code = '' }: NodeJS.ErrnoException): number | undefined {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 408
  return code.startsWith('HPE_') ? 400 : undefined
}

/** Returns the reason label of a refused connection. */
function reasonOf({ code = '' }: NodeJS.ErrnoException): ClientError {
  const named: Readonly<Record<string, ClientError>> = {
    HPE_INVALID_METHOD: 'invalid_method',
    HPE_HEADER_OVERFLOW: 'header_too_large',
    ERR_HTTP_REQUEST_TIMEOUT: 'timeout',
    ECONNRESET: 'reset',
    EPIPE: 'reset',
  }
  return named[code] ?? (code.startsWith('HPE_') ? 'bad_request' : 'other')
}

/** Returns the status that a finished request is counted under. */
function statusOf({ raw, request }: FastifyReply): number {
  if (raw.writableFinished) return raw.statusCode
  const { errored, readableEnded } = request.raw.socket
  if (readableEnded) return clientClosedRequest
  if (errored !== null) {
    const refused = raw.headersSent ? undefined : refusedUpload(errored)
    return refused ?? clientClosedRequest
  }
  // The server broke it off: the client saw the status of the head, if it was sent.
  return raw.headersSent ? raw.statusCode : 500
}

/**
 * Returns the statuses of a documented API route that alerts read: success and server errors. Their
 * series exist at 0, so that the first error is a rise.
 */
function expectedStatuses({ url, schema }: RouteOptions): number[] {
  if (!url.startsWith('/api/')) return []
  const statuses = Object.keys(schema?.response ?? {}).map(Number)
  return statuses.filter((status) => (status >= 200 && status < 300) || status >= 500)
}

/**
 * Counts the requests that Node answers without Fastify: CONNECT, and an Expect header other than
 * 100-continue. The replies are Node's own.
 */
function countNodeReplies(
  { server }: FastifyInstance,
  count: (method: string, status: number) => void,
): void {
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    response.writeHead(417, { connection: 'close' }).end()
    count(request.method ?? '', 417)
  })
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    socket.on('error', () => socket.destroy())
    socket.end('HTTP/1.1 405 Method Not Allowed\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
    count(request.method ?? '', 405)
  })
}

/**
 * Ends pipelined requests whose response still queues behind another one, when the response or the
 * connection closes. One listener per connection serves all of its requests.
 */
function createQueue(): (socket: Socket, response: ServerResponse, end: () => void) => void {
  const queues = new WeakMap<Socket, Set<() => void>>()
  return (socket, response, end) => {
    let ends = queues.get(socket)
    if (ends === undefined) {
      const all = (ends = new Set<() => void>())
      queues.set(socket, all)
      socket.once('close', () => all.forEach((each) => each()))
    }
    const queue = ends
    const once = (): void => {
      if (queue.delete(once)) end()
    }
    queue.add(once)
    response.on('close', once)
  }
}

/**
 * Fastify calls its log controller for every request before any hook, and also for requests that it
 * refuses itself (an invalid URL). A hook would cost more and see less.
 */
class RequestListener extends LogController {
  readonly #begin: (request: FastifyRequest, reply: FastifyReply) => void

  constructor(begin: (request: FastifyRequest, reply: FastifyReply) => void) {
    super({ disableRequestLogging: true })
    this.#begin = begin
  }

  override incomingRequest(request: FastifyRequest, reply: FastifyReply): void {
    this.#begin(request, reply)
  }
}

/**
 * Counts every request once and decrements in-flight once, whatever ends it. The end is the `close`
 * of the response: Fastify's onResponse never runs when the client disconnects, and costs more. A
 * pipelined response that has no socket yet gets no `close` when its connection dies, so the
 * `close` of the connection ends it.
 */
export function createHttpAdapter(
  families: HttpFamilies,
  guard: Guard,
  exemplars?: Exemplars,
): HttpAdapter {
  const { inFlight, longLivedInFlight, open } = families
  const whenQueued = createQueue()
  const routeOf = createRouteReader<SlotConfig>()
  /** The spans of open requests: at the end of a request, its span is no longer active. */
  const traces = new WeakMap<FastifyReply, TraceLabels>()

  function slotsOf({ config }: MatchedRoute<SlotConfig>, { method }: FastifyRequest): RouteSlots {
    const bound = config?.[slotsKey]
    return (
      (bound instanceof Map ? bound.get(method) : bound) ?? families.route(method, unmatchedPath)
    )
  }

  function addExemplars(
    { attach }: Exemplars,
    slots: RouteSlots,
    { reply, status, taken }: { reply: FastifyReply; status: number; taken: number },
  ): void {
    const trace = traces.get(reply)
    if (trace === undefined) return
    const duration = slots.duration()
    if (duration !== undefined) attach(duration, taken, undefined, trace)
    if (status >= 500) attach(slots.ofStatus(status), 1, undefined, trace)
  }

  // Everything possible happens here, after the reply: until then the client waits.
  function finish(
    reply: FastifyReply,
    route: MatchedRoute<SlotConfig>,
    seconds: number,
    nanoseconds: number,
  ): void {
    try {
      inFlight.add(-1)
      if (route.config?.longLived === true) longLivedInFlight.add(-1)
      else open.remove(seconds)
      const [endSeconds, endNanoseconds] = process.hrtime()
      const slots = slotsOf(route, reply.request)
      const taken = endSeconds - seconds + (endNanoseconds - nanoseconds) / 1e9
      slots.duration()?.observe(taken)
      const status = statusOf(reply)
      slots.ofStatus(status).add(1)
      if (exemplars !== undefined) addExemplars(exemplars, slots, { reply, status, taken })
    } catch (error) {
      guard.report('http_response', error)
    }
  }

  // Runs for every request: one small closure, and no second one for guard.run.
  function begin(request: FastifyRequest, reply: FastifyReply): void {
    try {
      const route = routeOf(request)
      // Two integers: the fraction of performance.now() would be a heap object in the closure.
      const [seconds, nanoseconds] = process.hrtime()
      inFlight.add(1)
      if (route.config?.longLived === true) longLivedInFlight.add(1)
      else open.add(seconds)
      if (exemplars !== undefined) {
        const trace = exemplars.activeTrace()
        if (trace !== undefined) traces.set(reply, trace)
      }
      const end = (): void => finish(reply, route, seconds, nanoseconds)
      if (reply.raw.socket === null) whenQueued(request.raw.socket, reply.raw, end)
      else reply.raw.on('close', end)
    } catch (error) {
      guard.report('http_request', error)
    }
  }

  return {
    requestCounting: {
      logController: new RequestListener(begin),
      http: { requireHostHeader: false },
    },
    countRoutes(app) {
      app.addHook('onRoute', (route) => {
        guard.run('http_route', () => {
          const timed = (route.config as SlotConfig | undefined)?.longLived !== true
          const slotsFor = (method: string): RouteSlots =>
            families.route(method, route.url, { timed })
          const slots = Array.isArray(route.method)
            ? new Map(route.method.map((method) => [method, slotsFor(method)]))
            : slotsFor(route.method)
          const config: SlotConfig = { ...route.config, [slotsKey]: slots }
          route.config = config as typeof route.config & object
          const expected = expectedStatuses(route)
          for (const method of [route.method].flat())
            if (method !== 'HEAD') families.expect(slotsFor(method), expected)
        })
      })
      countNodeReplies(app, (method, status) =>
        guard.run('http_client_error', () =>
          families.route(method, unmatchedPath).ofStatus(status).add(1),
        ),
      )
      app.server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
        guard.run('http_client_error', () => {
          // A request in progress on the connection ends with it and is counted as a request.
          if ((socket as Socket & { _httpMessage?: unknown })._httpMessage) return
          families.clientError(reasonOf(error))
        })
      })
    },
  }
}
