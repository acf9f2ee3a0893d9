import { families } from '../catalogue.ts'
import { clientErrors, httpMethods } from '../catalogue/http.ts'
import type { Registry } from '../instruments/registry.ts'
import { mapOf } from './temporal.ts'
import type { HistogramSlot, ValueSlot } from '../instruments/slots.ts'

/** The slots of one route and method, created on first use. */
export interface RouteSlots {
  /** Undefined for long-lived routes. */
  readonly duration: () => HistogramSlot | undefined
  ofStatus(status: number): ValueSlot
}

/** Why a connection was refused before a request existed. */
export type ClientError = (typeof clientErrors)[number]

/** Records HTTP requests. */
export interface HttpFamilies {
  readonly inFlight: ValueSlot
  /** Returns the slots of a route. `timed: false` for long-lived routes; the first call decides. */
  route(method: string, template: string, options?: { readonly timed: boolean }): RouteSlots
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

/** Declares the HTTP families. */
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
