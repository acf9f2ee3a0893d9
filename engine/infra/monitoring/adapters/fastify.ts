import type { Socket } from 'node:net'
import { LogController, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { unmatchedPath, type ClientError, type HttpFamilies, type RouteSlots } from '../families/http.ts'
import type { Guard } from './guard.ts'

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
function statusOf(request: FastifyRequest, { raw }: FastifyReply): number {
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

/** Ends of exchanges whose response still queues behind another one, by connection: one listener for all of them. */
function createQueue(): {
  add(socket: Socket, end: () => void): void
  remove(socket: Socket, end: () => void): void
} {
  const queues = new WeakMap<Socket, Set<() => void>>()
  return {
    add(socket, end) {
      let ends = queues.get(socket)
      if (ends === undefined) {
        const all = (ends = new Set<() => void>())
        queues.set(socket, all)
        socket.once('close', () => all.forEach((each) => each()))
      }
      ends.add(end)
    },
    remove: (socket, end) => void queues.get(socket)?.delete(end),
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
  const queue = createQueue()

  // This runs for every request: one closure, no guard.run with another one.
  function begin(request: FastifyRequest, reply: FastifyReply): void {
    try {
      const { raw } = reply
      const config = request.routeOptions.config as SlotConfig | undefined
      const bound = config?.[slotsKey]
      const slots =
        (bound instanceof Map ? bound.get(request.method) : bound) ??
        families.route(request.method, unmatchedPath)
      const startedAt = performance.now()
      const { socket } = request.raw
      const queued = raw.socket === null
      let open = true
      inFlight.add(1)
      const end = (): void => {
        if (!open) return
        open = false
        try {
          if (queued) queue.remove(socket, end)
          inFlight.add(-1)
          if (config?.longLived !== true) slots.duration().observe((performance.now() - startedAt) / 1_000)
          slots.ofStatus(statusOf(request, reply)).add(1)
        } catch (error) {
          guard.note('http_response', error)
        }
      }
      raw.on('close', end)
      if (queued) queue.add(socket, end)
    } catch (error) {
      guard.note('http_request', error)
    }
  }

  return {
    serverOptions: { logController: new RequestListener(begin) },
    attach(app) {
      app.addHook('onRoute', (route) => {
        guard.run('http_route', () => {
          const slots = Array.isArray(route.method)
            ? new Map(route.method.map((method) => [method, families.route(method, route.url)]))
            : families.route(route.method, route.url)
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
