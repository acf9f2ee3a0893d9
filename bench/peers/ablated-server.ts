import Fastify, {
  LogController,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify'
import { endStatusOf } from '../../engine/infra/monitoring/adapters/request-end.ts'
import { createRouteReader } from '../../engine/infra/monitoring/adapters/route-reader.ts'
import {
  httpFamilies,
  unmatchedPath,
  type HttpFamilies,
  type RouteSlots,
} from '../../engine/infra/monitoring/families/http.ts'
import { createRegistry } from '../../engine/infra/monitoring/instruments/registry.ts'
import { serveTrivially, type Served } from './servers.ts'

/**
 * What a server does for a request beyond answering it, each step with those before it: a closure
 * for the `close` of the response; the clock at both ends; requests in flight and the duration; the
 * counter by status.
 */
export const ablationSteps = ['listener', 'clock', 'duration', 'status'] as const

/** One of {@link ablationSteps}. */
export type AblationStep = (typeof ablationSteps)[number]

type Begin = (request: FastifyRequest, reply: FastifyReply) => void

/** What the steps record with. */
interface Tools {
  readonly families: HttpFamilies
  readonly slotsOf: (request: FastifyRequest) => RouteSlots
}

/** Written by a step that records nothing: an empty closure would be optimized away. */
interface Last {
  slots?: RouteSlots
  taken?: number
}

/** Reads the clock a second time, and returns what has passed since the first. */
function secondsSince(seconds: number, nanoseconds: number): number {
  const [endSeconds, endNanoseconds] = process.hrtime()
  return endSeconds - seconds + (endNanoseconds - nanoseconds) / 1e9
}

/** Written out, as the engine's own is: one function with branches would be another program. */
const begins: Readonly<Record<AblationStep, (tools: Tools) => Begin>> = {
  listener({ slotsOf }) {
    const last: Last = {}
    return (request, reply) => {
      const slots = slotsOf(request)
      reply.raw.on('close', () => {
        last.slots = slots
      })
    }
  },
  clock({ slotsOf }) {
    const last: Last = {}
    return (request, reply) => {
      const slots = slotsOf(request)
      const [seconds, nanoseconds] = process.hrtime()
      reply.raw.on('close', () => {
        last.slots = slots
        last.taken = secondsSince(seconds, nanoseconds)
      })
    }
  },
  duration({ families: { inFlight, open }, slotsOf }) {
    return (request, reply) => {
      const slots = slotsOf(request)
      const [seconds, nanoseconds] = process.hrtime()
      inFlight.add(1)
      open.add(seconds)
      reply.raw.on('close', () => {
        inFlight.add(-1)
        open.remove(seconds)
        slots.duration().observe(secondsSince(seconds, nanoseconds))
      })
    }
  },
  status({ families: { inFlight, open }, slotsOf }) {
    return (request, reply) => {
      const slots = slotsOf(request)
      const [seconds, nanoseconds] = process.hrtime()
      inFlight.add(1)
      open.add(seconds)
      reply.raw.on('close', () => {
        inFlight.add(-1)
        open.remove(seconds)
        slots.duration().observe(secondsSince(seconds, nanoseconds))
        slots.ofStatus(endStatusOf(request.raw, reply.raw)).add(1)
      })
    }
  },
}

/** Starts the trivial server of `http-cpu`, monitored up to this step. */
export function startAblated(step: AblationStep): Promise<Served> {
  const families = httpFamilies(createRegistry())
  const routeOf = createRouteReader<{ readonly slots?: RouteSlots }>()
  const unmatched = families.route('GET', unmatchedPath)
  const begin = begins[step]({
    families,
    slotsOf: (request) => routeOf(request).config?.slots ?? unmatched,
  })
  class Beginning extends LogController {
    override incomingRequest(request: FastifyRequest, reply: FastifyReply): void {
      begin(request, reply)
    }
  }
  const logController = new Beginning({ disableRequestLogging: true })
  const app: FastifyInstance = Fastify({ logController })
  app.addHook('onRoute', (route) => {
    route.config = {
      ...route.config,
      slots: families.route('GET', route.url),
    } as typeof route.config & object
  })
  return serveTrivially(app)
}
