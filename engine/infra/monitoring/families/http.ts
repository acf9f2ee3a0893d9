import { families } from '../catalogue.ts'
import { clientErrors, httpMethods } from '../catalogue/http.ts'
import { defaultSeriesLimit, type Registry } from '../instruments/registry.ts'
import { mapOf } from './map-of.ts'
import type { HistogramSlot, ValueSlot } from '../instruments/slots.ts'
import { createOpenRequests, type OpenRequests } from './open-requests.ts'

/** The slots of one route and method, created on first use. */
export interface RouteSlots {
  /** Only for requests that do not hold their connection on purpose. */
  readonly duration: () => HistogramSlot
  ofStatus(status: number): ValueSlot
}

/** Why a connection was refused before a request existed. */
export type ClientError = (typeof clientErrors)[number]

/** Records HTTP requests. */
export interface HttpFamilies {
  readonly inFlight: ValueSlot
  readonly longLivedInFlight: ValueSlot
  /** Tracks the requests in flight that are not long-lived. */
  readonly open: OpenRequests
  /** Creates the series of a route at 0, as long as the budget for such series lasts. */
  expect(slots: RouteSlots, statuses: readonly number[]): void
  /** Returns the slots of a route. */
  route(method: string, template: string): RouteSlots
  clientError(reason: ClientError): void
}

type Method = (typeof httpMethods)[number]

const methods: ReadonlySet<string> = new Set(httpMethods)

/** Returns the label value of a method. */
export function methodLabel(method: string): Method {
  return methods.has(method) ? (method as Method) : 'OTHER'
}

/** `path` of a request without a route. Route templates start with a slash, so it is free. */
export const unmatchedPath = 'unmatched'

/** Most series that exist at 0 before a route is first used. */
export const expectedSeriesBudget = 250

/** Declares the HTTP families. `seriesLimit`: the cardinality limit of the request counter. */
export function httpFamilies(registry: Registry, seriesLimit = defaultSeriesLimit): HttpFamilies {
  const open = createOpenRequests()
  // Series at 0 must never push the series of real requests over the limit.
  let budget = Math.min(expectedSeriesBudget, Math.floor(seriesLimit / 2))
  const requests = registry.instrument(families.httpRequests)
  const duration = registry.instrument(families.httpDuration)
  const inFlight = registry.instrument(families.httpInFlight)({})
  const longLivedInFlight = registry.instrument(families.httpLongLivedInFlight)({})
  registry.observe(families.httpOldestRequestAge, () => [{ labels: {}, value: open.oldestAge() }])
  const errors = registry.instrument(families.httpClientErrors)
  const refused = mapOf(clientErrors, (reason) => errors({ reason }))
  const routes = new Map<string, RouteSlots>()
  return {
    inFlight,
    longLivedInFlight,
    open,
    expect(slots, statuses) {
      for (const status of statuses) if (budget-- > 0) slots.ofStatus(status)
    },
    clientError: (reason) => refused[reason].add(1),
    route(method, template) {
      const label = methodLabel(method)
      const key = `${label} ${template}`
      const found = routes.get(key)
      if (found !== undefined) return found
      const statuses = new Map<number, ValueSlot>()
      let histogram: HistogramSlot | undefined
      const slots: RouteSlots = {
        duration: () => (histogram ??= duration({ method: label, path: template })),
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
