import type { FastifyRequest } from 'fastify'

/** What a request keeps of its route. */
export interface Route<C> {
  readonly config?: C
}

function publicRoute<C>({ routeOptions }: { readonly routeOptions: Route<unknown> }): Route<C> {
  return routeOptions as Route<C>
}

/**
 * Reads the route that a request has now, so that it can be asked later. Fastify makes `routeOptions` anew for each
 * reading, which is most of what beginning a request costs here; the context that it is made of lies ready, under a symbol
 * that is Fastify's own. Where a request has no such symbol, the public way is taken: a test holds that both give the
 * same.
 */
export function createRouteReader<C>(): (request: FastifyRequest) => Route<C> {
  type Contextual = Readonly<Record<symbol, Route<C> | undefined>>
  let contextKey: symbol | undefined
  return (request) => {
    contextKey ??= Object.getOwnPropertySymbols(request).find(
      ({ description }) => description === 'fastify.context',
    )
    const context = contextKey && (request as unknown as Contextual)[contextKey]
    return context ?? publicRoute(request)
  }
}
