import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { unmatchedPath, type HttpFamilies, type RouteSlots } from '../families/http.ts'
import type { Guard } from './guard.ts'

/** Where a route's configuration keeps its slots. */
const slotsKey = Symbol('compozy.http.slots')

interface SlotConfig {
  [slotsKey]?: RouteSlots
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

/** The status that a finished exchange is counted under. */
function statusOf({ raw }: FastifyReply): number {
  if (raw.writableFinished) return raw.statusCode
  // The reply broke on our side after its head was sent: the client saw that status.
  if (raw.headersSent && raw.errored) return raw.statusCode
  return clientClosedRequest
}

/**
 * Counts every request once and takes it out of flight once, whatever ends it. The end is the response's `close`:
 * Fastify's own onResponse never runs for a client that leaves, and costs more. Only a response that still queues
 * behind another one on its connection gets no `close` when that connection dies; it has no socket yet, which tells
 * it apart, and then the connection's own `close` stands in.
 */
export function createHttpAdapter(families: HttpFamilies, guard: Guard): HttpAdapter {
  const { inFlight } = families

  function begin(request: FastifyRequest, reply: FastifyReply): void {
    guard.run('http request', () => {
      const config = request.routeOptions.config as SlotConfig | undefined
      const slots = config?.[slotsKey] ?? families.route(request.method, unmatchedPath)
      const startedAt = performance.now()
      let open = true
      inFlight.add(1)
      const end = (): void => {
        if (!open) return
        open = false
        guard.run('http response', () => {
          inFlight.add(-1)
          slots.duration().observe((performance.now() - startedAt) / 1_000)
          slots.ofStatus(statusOf(reply)).add(1)
        })
      }
      reply.raw.once('close', end)
      if (reply.raw.socket === null) request.raw.socket.once('close', end)
    })
  }

  return {
    begin,
    attach(app) {
      app.addHook('onRoute', (route) => {
        // A route for several methods shares one configuration: its slots are found by the method of the request.
        const method = Array.isArray(route.method) ? undefined : route.method
        if (method === undefined) return
        const config = (route.config ?? {}) as SlotConfig
        route.config = { ...config, [slotsKey]: families.route(method, route.url) } as typeof route.config &
          object
      })
      app.addHook('onRequest', (request, reply, done) => {
        begin(request, reply)
        done()
      })
    },
  }
}
