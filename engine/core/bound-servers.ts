/** The part of a Fastify app that leads to its servers. */
interface BoundApp<S> {
  readonly server: S
  addHook(name: 'onListen', hook: () => void): unknown
}

/**
 * Returns the servers of a listening app beyond `app.server`. Fastify keeps them under a private
 * symbol; without it there are none. A test looks for it.
 */
function furtherServers<S>(app: BoundApp<S>): readonly S[] {
  const key = Object.getOwnPropertySymbols(app).find(
    ({ description }) => description === 'fastify.serverBindings',
  )
  // TypeScript does not know the private symbol.
  const found = key && (app as unknown as Readonly<Record<symbol, unknown>>)[key]
  return Array.isArray(found) ? found : []
}

/**
 * Calls `attach` with each server that Fastify adds to `app.server` when it listens: on `localhost`
 * it has one for each address, and shares only its routes with them.
 */
export function onFurtherServers<S>(app: BoundApp<S>, attach: (server: S) => void): void {
  app.addHook('onListen', () => {
    for (const server of furtherServers(app)) attach(server)
  })
}

/** Calls `attach` with `app.server` at once, and with each further server when the app listens. */
export function onEachServer<S>(app: BoundApp<S>, attach: (server: S) => void): void {
  attach(app.server)
  onFurtherServers(app, attach)
}
