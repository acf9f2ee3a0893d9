import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { onEachServer } from '../../../core/bound-servers.ts'
import { unmatchedPath, type HttpFamilies, type RouteSlots } from '../families/http.ts'
import type { Guard } from './guard.ts'
import { createQueue, endStatusOf } from './request-end.ts'
import type { RequestOrigins } from './request-origins.ts'

/** A request in flight on a server whose options are its owner's. */
interface RequestInFlight {
  readonly seconds: number
  readonly nanoseconds: number
  slots?: RouteSlots
  longLived: boolean
}

const openRequest = Symbol('compozy.http.request')

type CountedResponse = ServerResponse & { [openRequest]?: RequestInFlight }

/** Returns the slots of a request's route and whether the route is long-lived. */
export type RouteOf = (request: FastifyRequest) => {
  readonly slots: RouteSlots
  readonly longLived: boolean
}

/** How a listener finds what a route counts to. */
interface RequestListenerOptions {
  readonly families: HttpFamilies
  readonly guard: Guard
  readonly routeOf: RouteOf
  /** Where requests come from, if exemplars are on. */
  readonly origins: RequestOrigins | undefined
}

/**
 * Counts every request of a server by Node's own `request` event, which precedes everything that
 * Fastify does and comes also for requests that no hook sees: an invalid URL, a server that closes.
 * One hook adds the route. Requests of `app.inject`, and of servers that their owner adds by
 * `app.routing`, have no such event here; the hook counts them.
 */
export function listenToRequests(
  app: FastifyInstance,
  { families, guard, routeOf, origins }: RequestListenerOptions,
): void {
  const { inFlight, longLivedInFlight, open } = families
  const whenQueued = createQueue()

  function finish(
    request: IncomingMessage,
    response: ServerResponse,
    opened: RequestInFlight,
  ): void {
    try {
      inFlight.add(-1)
      if (opened.longLived) longLivedInFlight.add(-1)
      else open.remove(opened.seconds)
      const [seconds, nanoseconds] = process.hrtime()
      const slots = opened.slots ?? families.route(request.method ?? '', unmatchedPath)
      const elapsed = seconds - opened.seconds + (nanoseconds - opened.nanoseconds) / 1e9
      if (!opened.longLived) slots.duration().observe(elapsed)
      const status = endStatusOf(request, response)
      slots.ofStatus(status).add(1)
      const timed = opened.longLived ? null : elapsed
      if (origins !== undefined) origins.attach(request, slots, { status, seconds: timed })
    } catch (error) {
      guard.report('http_response', error)
    }
  }

  function begin(request: IncomingMessage, response: CountedResponse): RequestInFlight {
    const [seconds, nanoseconds] = process.hrtime()
    const opened: RequestInFlight = { seconds, nanoseconds, longLived: false }
    response[openRequest] = opened
    inFlight.add(1)
    open.add(seconds)
    if (origins !== undefined) origins.begin(request)
    const end = (): void => finish(request, response, opened)
    if (response.socket === null) whenQueued(request.socket, response, end)
    else response.on('close', end)
    return opened
  }

  onEachServer(app, (server) => {
    server.prependListener('request', (request, response) => {
      guard.run('http_request', () => void begin(request, response))
    })
  })
  app.addHook('onRequest', (request, reply, done) => {
    try {
      const response = reply.raw as CountedResponse
      const opened = response[openRequest] ?? begin(request.raw, response)
      const { slots, longLived } = routeOf(request)
      opened.slots = slots
      if (longLived && !opened.longLived) {
        opened.longLived = true
        open.remove(opened.seconds)
        longLivedInFlight.add(1)
      }
    } catch (error) {
      guard.report('http_request', error)
    }
    done()
  })
}
