import type { FastifyRequest } from 'fastify'

/** The route of a request. */
export interface MatchedRoute<C> {
  readonly config?: C
}

function publicRoute<C>({
  routeOptions,
}: {
  readonly routeOptions: MatchedRoute<unknown>
}): MatchedRoute<C> {
  return routeOptions as MatchedRoute<C>
}

/**
 * Returns a function that reads the route of a request. Fastify builds `routeOptions` for each
 * access, which is most of the cost of starting a request here; the context behind it is available
 * under a private symbol. Without that symbol the public property is used. A test compares both.
 */
export function createRouteReader<C>(): (request: FastifyRequest) => MatchedRoute<C> {
  type Contextual = Readonly<Record<symbol, MatchedRoute<C> | undefined>>
  let contextKey: symbol | undefined
  return (request) => {
    contextKey ??= Object.getOwnPropertySymbols(request).find(
      ({ description }) => description === 'fastify.context',
    )
    // TypeScript does not know the private symbol.
    const context = contextKey && (request as unknown as Contextual)[contextKey]
    return context ?? publicRoute(request)
  }
}
