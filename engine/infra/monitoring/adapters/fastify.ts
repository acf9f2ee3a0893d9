import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import {
  LogController,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify'
import {
  unmatchedPath,
  type ClientError,
  type HttpFamilies,
  type RouteSlots,
} from '../families/http.ts'
import type { Guard } from './guard.ts'
import { createRouteReader, type Route } from './route-reader.ts'

/** Where a route's configuration keeps its slots. */
const slotsKey = Symbol('compozy.http.slots')

interface SlotConfig {
  /** The route holds its connection on purpose: how long it lasts is no latency. */
  readonly longLived?: boolean
  /** By method for a route that takes several. */
  [slotsKey]?: RouteSlots | ReadonlyMap<string, RouteSlots>
}

/** Status of a request whose client left before the reply was complete (nginx's own word for it). */
const clientClosedRequest = 499

/** Counting of HTTP requests on one server. */
export interface HttpAdapter {
  /** To be spread into the options that Fastify is made with: they make it tell of every request. */
  readonly serverOptions: { readonly logController?: LogController }
  /** Adds what a server made with `serverOptions` needs; before any route. */
  attach(app: FastifyInstance): void
}

/**
 * What Node's server says itself, on the connection, when it breaks an upload off: its bytes are no HTTP, or it takes
 * too long. No reply of ours carries that status.
 */
function refusedUpload({ code = '' }: NodeJS.ErrnoException): number | undefined {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 408
  return code.startsWith('HPE_') ? 400 : undefined
}

/** Why the parser refused a connection. */
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

/** The status that an ended exchange is counted under. */
function statusOf({ raw, request }: FastifyReply): number {
  if (raw.writableFinished) return raw.statusCode
  const { errored, readableEnded } = request.raw.socket
  if (readableEnded) return clientClosedRequest
  if (errored !== null) {
    const refused = raw.headersSent ? undefined : refusedUpload(errored)
    return refused ?? clientClosedRequest
  }
  // We broke it off ourselves: what the client saw is the status of the head, if it got that far.
  return raw.headersSent ? raw.statusCode : 500
}

/**
 * Ends exchanges whose response still queues behind another one, when it closes or its connection does, whichever comes
 * first. One listener on a connection stands for all of its exchanges.
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
 * Fastify's log controller hears of every request before any hook, with its route, and also of those that it refuses
 * itself (a URL that can't be decoded). A hook would cost more and see less.
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
 * Counts every request once and takes it out of flight once, whatever ends it. The end is the response's `close`:
 * Fastify's own onResponse never runs for a client that leaves, and costs more. Only a response that still queues
 * behind another one on its connection gets no `close` when that connection dies; it has no socket yet, which tells
 * it apart, and then the connection's own `close` stands in.
 */
export function createHttpAdapter(families: HttpFamilies, guard: Guard): HttpAdapter {
  const { inFlight } = families
  const whenQueued = createQueue()
  const routeOf = createRouteReader<SlotConfig>()

  function slotsOf({ config }: Route<SlotConfig>, { method }: FastifyRequest): RouteSlots {
    const bound = config?.[slotsKey]
    return (
      (bound instanceof Map ? bound.get(method) : bound) ?? families.route(method, unmatchedPath)
    )
  }

  // What can be found when the reply is out is found then: until then the client waits.
  function finish(
    reply: FastifyReply,
    route: Route<SlotConfig>,
    seconds: number,
    nanoseconds: number,
  ): void {
    try {
      inFlight.add(-1)
      const [endSeconds, endNanoseconds] = process.hrtime()
      const slots = slotsOf(route, reply.request)
      slots.duration()?.observe(endSeconds - seconds + (endNanoseconds - nanoseconds) / 1e9)
      slots.ofStatus(statusOf(reply)).add(1)
    } catch (error) {
      guard.note('http_response', error)
    }
  }

  // This runs for every request: one small closure, no guard.run with another one.
  function begin(request: FastifyRequest, reply: FastifyReply): void {
    try {
      const route = routeOf(request)
      // Two whole numbers: unlike performance.now(), whose fraction is an object that the closure would keep.
      const [seconds, nanoseconds] = process.hrtime()
      inFlight.add(1)
      const end = (): void => finish(reply, route, seconds, nanoseconds)
      if (reply.raw.socket === null) whenQueued(request.raw.socket, reply.raw, end)
      else reply.raw.on('close', end)
    } catch (error) {
      guard.note('http_request', error)
    }
  }

  return {
    serverOptions: { logController: new RequestListener(begin) },
    attach(app) {
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
        })
      })
      app.server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
        guard.run('http_client_error', () => {
          // A request that is under way on the connection ends with it, and is counted as a request.
          if ((socket as Socket & { _httpMessage?: unknown })._httpMessage) return
          families.clientError(reasonOf(error))
        })
      })
    },
  }
}
