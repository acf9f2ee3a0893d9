import { quoteShort } from './quote.ts'

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

/** The part of a request of Node's that says what it expects. */
interface ExpectingRequest {
  readonly headers: { readonly expect?: string | undefined }
}

/** The part of a server of Node's that receives requests. */
interface ReceivingServer {
  on(
    event: 'checkExpectation',
    listener: (
      request: ExpectingRequest,
      response: { setHeader(name: string, value: string): unknown },
    ) => void,
  ): unknown
  emit(event: 'request', ...details: unknown[]): unknown
}

/**
 * Hands requests with an Expect header other than 100-continue to an app, whose hooks count and
 * answer them: Node would answer 417 with no body. Returns a function that says why such a request
 * is refused, and undefined for every other one.
 */
export function receiveUnmetExpectations(
  app: BoundApp<ReceivingServer>,
): (request: ExpectingRequest) => string | undefined {
  const unmet = new WeakSet<ExpectingRequest>()
  onEachServer(app, (server) =>
    server.on('checkExpectation', (request, response) => {
      unmet.add(request)
      // The client may or may not send the body after the refusal.
      response.setHeader('connection', 'close')
      server.emit('request', request, response)
    }),
  )
  return (request) =>
    unmet.has(request)
      ? `the server cannot meet the expectation ${quoteShort(request.headers.expect ?? '')}; only 100-continue is allowed in the Expect header`
      : undefined
}
