import * as fastify from 'fastify'
import type {
  FastifyError,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  LogController,
  RouteOptions,
} from 'fastify'
import { defined } from '../../../core/defined.ts'
import { CompozyError } from '../../../core/errors.ts'
import { unmatchedPath, type HttpFamilies, type RouteSlots } from '../families/http.ts'
import type { Exemplars } from '../instruments/exemplars.ts'
import { answerFrameworkError } from './framework-errors.ts'
import type { Guard } from './guard.ts'
import { countNodeReplies } from './node-replies.ts'
import { claim } from './claim.ts'
import { createQueue, endStatusOf, isUpgrade } from './request-end.ts'
import { listenToRequests, type RouteOf } from './request-listener.ts'
import { createRequestOrigins, type RunStartingRequest } from './request-origins.ts'
import { createRouteReader, type MatchedRoute } from './route-reader.ts'

/** Key of the slots in a route's configuration. */
const slotsKey = Symbol('compozy.http.slots')

interface SlotConfig {
  /**
   * The route holds its connection on purpose, so its duration is not a latency. A function of the
   * request where only some of them do; it must always give the same answer.
   */
  readonly longLived?: boolean | ((request: FastifyRequest) => boolean)
  /** By method for a route with several methods. */
  [slotsKey]?: RouteSlots | ReadonlyMap<string, RouteSlots>
}

/** Options of a Fastify server whose requests are counted. */
export interface RequestCounting {
  readonly logController?: LogController
  /** Fastify would refuse a URL uncounted. Replace it by any handler of your own. */
  readonly frameworkErrors?: (
    error: FastifyError,
    request: FastifyRequest,
    reply: FastifyReply,
  ) => void
  /** Fastify would answer a request with 503 while it closes, uncounted: it is served instead. */
  readonly return503OnClosing?: false
}

/** Counts the HTTP requests of one server. */
export interface HttpAdapter {
  /** Spread into Fastify's options; installs the listener that counts every request. */
  readonly requestCounting: RequestCounting
  /**
   * Binds the counters of every route of a server with `requestCounting`. Call before any route.
   */
  countRoutes(app: FastifyInstance): void
  /**
   * Counts every request of a server that was created without `requestCounting`: its owner keeps
   * the log controller and every option. Costs one hook a request.
   */
  countServer(app: FastifyInstance): void
  /**
   * Names the run that a request started. With exemplars on, the request's duration leads to it,
   * and a failure of it too.
   */
  linkRun(request: RunStartingRequest, execId: string): void
}

/**
 * Returns the statuses of a documented route that alerts read: success and server errors. Their
 * series exist at 0, so that the first error is a rise.
 */
function expectedStatuses({ url, schema }: RouteOptions, documentedPaths: string): number[] {
  if (!url.startsWith(documentedPaths)) return []
  const statuses = Object.keys(schema?.response ?? {}).map(Number)
  return statuses.filter((status) => (status >= 200 && status < 300) || status >= 500)
}

/** Reports whether a request holds its connection on purpose. An upgraded one always does. */
function isLongLived(config: SlotConfig | undefined, request: FastifyRequest): boolean {
  const longLived = config?.longLived
  const isHeld = typeof longLived === 'function' ? longLived(request) : longLived === true
  return isHeld || isUpgrade(request.raw)
}

/** Returns the slots that were bound to a route when it was declared. */
function boundSlots(config: SlotConfig | undefined, method: string): RouteSlots | undefined {
  const bound = config?.[slotsKey]
  return bound instanceof Map ? bound.get(method) : (bound as RouteSlots | undefined)
}

/**
 * Returns a log controller that calls `begin`, or undefined for a Fastify before 5.10, which has
 * none. Fastify calls it before any hook, for every request that it routes, and with
 * `frameworkErrors` also for those that it refuses itself (an invalid URL). It calls none for its
 * 503 of a closing server. A hook would cost more and see less.
 */
function countingLogController(
  begin: (request: FastifyRequest, reply: FastifyReply) => void,
): LogController | undefined {
  const Base = fastify.LogController as typeof LogController | undefined
  if (Base === undefined) return undefined
  class CountingLogController extends Base {
    override incomingRequest(request: FastifyRequest, reply: FastifyReply): void {
      begin(request, reply)
    }
  }
  return new CountingLogController({ disableRequestLogging: true })
}

/** Refuses a server that would never call the log controller. */
function checkLogController({ version }: FastifyInstance): void {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > 5 || (major === 5 && minor >= 10)) return
  throw new CompozyError(
    'config_invalid',
    `requestCounting needs Fastify 5.10, and this server is ${version}; register monitoring.fastify`,
  )
}

/** Options of an adapter. */
export interface HttpAdapterOptions {
  readonly exemplars?: Exemplars
  /** Start of the paths whose documented statuses exist at 0. */
  readonly documentedPaths?: string
}

/**
 * Counts every request once and decrements in-flight once, however it ends. The end is the `close`
 * of the response: Fastify's onResponse never runs when the client disconnects, and costs more. A
 * pipelined response that has no socket yet gets no `close` when its connection dies, so the
 * `close` of the connection ends it.
 */
export function createHttpAdapter(
  families: HttpFamilies,
  guard: Guard,
  { exemplars, documentedPaths = '/api/' }: HttpAdapterOptions = {},
): HttpAdapter {
  const { inFlight, longLivedInFlight, open } = families
  const whenQueued = createQueue()
  const routeOf = createRouteReader<SlotConfig>()
  const origins = exemplars === undefined ? undefined : createRequestOrigins(exemplars)

  function slotsOf({ config }: MatchedRoute<SlotConfig>, { method }: FastifyRequest): RouteSlots {
    return boundSlots(config, method) ?? families.route(method, unmatchedPath)
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
      const longLived = isLongLived(route.config, reply.request)
      if (longLived) longLivedInFlight.add(-1)
      else open.remove(seconds)
      const [endSeconds, endNanoseconds] = process.hrtime()
      const slots = slotsOf(route, reply.request)
      const taken = endSeconds - seconds + (endNanoseconds - nanoseconds) / 1e9
      if (!longLived) slots.duration().observe(taken)
      const status = endStatusOf(reply.request.raw, reply.raw)
      slots.ofStatus(status).add(1)
      if (origins !== undefined)
        origins.attach(reply.request.raw, slots, { status, seconds: longLived ? null : taken })
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
      if (isLongLived(route.config, request)) longLivedInFlight.add(1)
      else open.add(seconds)
      if (origins !== undefined) origins.begin(request.raw)
      const end = (): void => finish(reply, route, seconds, nanoseconds)
      if (reply.raw.socket === null) whenQueued(request.raw.socket, reply.raw, end)
      else reply.raw.on('close', end)
    } catch (error) {
      guard.report('http_request', error)
    }
  }

  /** Binds the slots of a route when it is declared. */
  function bindRoute(route: RouteOptions): void {
    const slotsFor = (method: string): RouteSlots => families.route(method, route.url)
    const slots = Array.isArray(route.method)
      ? new Map(route.method.map((method) => [method, slotsFor(method)]))
      : slotsFor(route.method)
    const config: SlotConfig = { ...route.config, [slotsKey]: slots }
    route.config = config as typeof route.config & object
    const expected = expectedStatuses(route, documentedPaths)
    for (const method of [route.method].flat())
      if (method !== 'HEAD') families.expect(slotsFor(method), expected)
  }

  function countRoutes(app: FastifyInstance): void {
    claim(app.server, 'this Fastify server')
    app.addHook('onRoute', (route) => guard.run('http_route', () => bindRoute(route)))
    countNodeReplies(app, families, guard)
  }

  const logController = countingLogController(begin)
  return {
    requestCounting: defined({
      logController,
      frameworkErrors: answerFrameworkError,
      return503OnClosing: false as const,
    }),
    countRoutes(app) {
      checkLogController(app)
      countRoutes(app)
    },
    linkRun: ({ raw }, execId) => origins?.linkRun(raw, execId),
    countServer(app) {
      countRoutes(app)
      const routeOfRequest = (request: FastifyRequest): ReturnType<RouteOf> => {
        const { config } = routeOf(request)
        const slots = request.is404
          ? families.route(request.method, unmatchedPath)
          : (boundSlots(config, request.method) ??
            // A route that was declared before the server was counted.
            families.route(request.method, request.routeOptions.url ?? unmatchedPath))
        return { slots, longLived: isLongLived(config, request) }
      }
      listenToRequests(app, { families, guard, routeOf: routeOfRequest, origins })
    },
  }
}
