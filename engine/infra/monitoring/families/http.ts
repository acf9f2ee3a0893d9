import { families } from '../catalogue.ts'
import { clientErrors, httpMethods } from '../catalogue/http.ts'
import type { Registry } from '../instruments/registry.ts'
import { mapOf } from './temporal.ts'
import type { HistogramSlot, ValueSlot } from '../instruments/slots.ts'

/** The slots of one route and method: bound when the route is registered, made when it is first asked. */
export interface RouteSlots {
  /** None where how long a request lasts is no latency. */
  readonly duration: () => HistogramSlot | undefined
  ofStatus(status: number): ValueSlot
}

/** Why a connection was refused before there was a request. */
export type ClientError = (typeof clientErrors)[number]

/** What HTTP requests are recorded to. */
export interface HttpFamilies {
  readonly inFlight: ValueSlot
  /** `timed: false` where a request holds its connection on purpose; what the first call said of a route stands. */
  route(method: string, template: string, options?: { readonly timed: boolean }): RouteSlots
  clientError(reason: ClientError): void
}

type Method = (typeof httpMethods)[number]

const methods: ReadonlySet<string> = new Set(httpMethods)

/** A method as its label says it. */
export function methodLabel(method: string): Method {
  return methods.has(method) ? (method as Method) : 'OTHER'
}

/** `path` of a request that no route matched. Routes start with a slash, so no route can be named so. */
export const unmatchedPath = 'unmatched'

/** Declares the three HTTP families. */
export function httpFamilies(registry: Registry): HttpFamilies {
  const requests = registry.instrument(families.httpRequests)
  const duration = registry.instrument(families.httpDuration)
  const inFlight = registry.instrument(families.httpInFlight)({})
  const errors = registry.instrument(families.httpClientErrors)
  const refused = mapOf(clientErrors, (reason) => errors({ reason }))
  const routes = new Map<string, RouteSlots>()
  return {
    inFlight,
    clientError: (reason) => refused[reason].add(1),
    route(method, template, { timed } = { timed: true }) {
      const label = methodLabel(method)
      const key = `${label} ${template}`
      const found = routes.get(key)
      if (found !== undefined) return found
      const statuses = new Map<number, ValueSlot>()
      let histogram: HistogramSlot | undefined
      const slots: RouteSlots = {
        duration: () =>
          timed ? (histogram ??= duration({ method: label, path: template })) : undefined,
        ofStatus(status) {
          let slot = statuses.get(status)
          if (slot === undefined) {
            slot = requests({ method: label, path: template, status_code: String(status) })
            statuses.set(status, slot)
          }
          return slot
        },
      }
      routes.set(key, slots)
      return slots
    },
  }
}
