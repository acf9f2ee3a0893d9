import type { Socket } from 'node:net'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
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
  /** Adds the hooks; call it before any other hook and any route, so that nothing can answer unseen. */
  attach(app: FastifyInstance): void
  /** Counts a request that Fastify refuses before any hook: a URL that can't be decoded. */
  begin(request: FastifyRequest, reply: FastifyReply): void
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
 * Counts every request once and takes it out of flight once, whatever ends it. The end is the response's `close`:
 * Fastify's own onResponse never runs for a client that leaves, and costs more. Only a response that still queues
 * behind another one on its connection gets no `close` when that connection dies; it has no socket yet, which tells
 * it apart, and then the connection's own `close` stands in.
 */
export function createHttpAdapter(families: HttpFamilies, guard: Guard): HttpAdapter {
  const { inFlight } = families
  const queue = createQueue()

  function begin(request: FastifyRequest, reply: FastifyReply): void {
    guard.run('http_request', () => {
      const config = request.routeOptions.config as SlotConfig | undefined
      const bound = config?.[slotsKey]
      const slots =
        (bound instanceof Map ? bound.get(request.method) : bound) ??
        families.route(request.method, unmatchedPath)
      const startedAt = performance.now()
      const { socket } = request.raw
      const queued = reply.raw.socket === null
      let open = true
      inFlight.add(1)
      const end = (): void => {
        if (!open) return
        open = false
        if (queued) queue.remove(socket, end)
        guard.run('http_response', () => {
          inFlight.add(-1)
          if (config?.longLived !== true) slots.duration().observe((performance.now() - startedAt) / 1_000)
          slots.ofStatus(statusOf(request, reply)).add(1)
        })
      }
      reply.raw.once('close', end)
      if (queued) queue.add(socket, end)
    })
  }

  return {
    begin,
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
      app.addHook('onRequest', (request, reply, done) => {
        begin(request, reply)
        done()
      })
    },
  }
}
