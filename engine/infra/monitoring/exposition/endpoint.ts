import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { CompozyError } from '../../../core/errors.ts'
import type { HttpAdapter } from '../adapters/fastify.ts'
import { endpointSchema } from '../endpoint-doc.ts'
import { createBearerCheck, type TokenFailure } from './bearer.ts'
import { addListenerDoor, listenerOptions } from './listener-door.ts'
import type { Exposition } from './exposition.ts'
import { refusal, type ScrapeReply } from './scrape-reply.ts'

/** Options of the metrics route. */
export interface EndpointOptions {
  readonly path: string
  readonly exposition: Exposition
  /** Bearer token that a scrape must carry, if any. */
  readonly token?: string | (() => string) | undefined
  /** Called for a scrape without the token. */
  readonly onRefused: () => void
  /** Called when the token function begins to give no token; every scrape is then refused. */
  readonly onTokenFailure: (failure: TokenFailure) => void
}

const text = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header.join(',') : header

const unauthorized: ScrapeReply = (() => {
  const { status, headers, body } = refusal(
    401,
    'the metrics endpoint requires a token; send authorization: Bearer TOKEN',
  )
  return { status, headers: { ...headers, 'www-authenticate': 'Bearer' }, body }
})()

/** Adds the metrics route to a server. */
export function registerEndpoint(app: FastifyInstance, options: EndpointOptions): void {
  const { path, exposition, token, onRefused, onTokenFailure } = options
  const carriesToken = token === undefined ? () => true : createBearerCheck(token, onTokenFailure)

  async function answer({ headers, ip }: FastifyRequest): Promise<ScrapeReply> {
    if (!carriesToken(headers.authorization)) {
      onRefused()
      return unauthorized
    }
    return exposition.scrape({
      accept: headers.accept,
      acceptEncoding: text(headers['accept-encoding']),
      timeout: text(headers['x-prometheus-scrape-timeout-seconds']),
      userAgent: headers['user-agent'],
      remoteAddress: ip,
    })
  }

  app.get(
    path,
    { schema: endpointSchema, logLevel: 'silent' },
    async (request, reply: FastifyReply) => {
      const { status, headers, body } = await answer(request)
      return reply.code(status).headers(headers).send(body)
    },
  )
}

/** A server for the metrics alone. */
export interface MetricsListener {
  /**
   * Listens and returns the URL, each time the same one. Throws CompozyError `port_in_use` or
   * `config_invalid`, and `conflict` after `close`.
   */
  listen(): Promise<string>
  close(): Promise<void>
}

/** Creates a server that serves only the metrics at an address (`host:port`). */
export function createMetricsListener(
  address: string,
  options: EndpointOptions,
  http: HttpAdapter,
): MetricsListener {
  // Its requests count as on the main server, so that both give the same metrics.
  const app = Fastify({
    ...http.requestCounting,
    ...listenerOptions,
    forceCloseConnections: true,
  })
  // Without a log controller: a Fastify before 5.10.
  if (http.requestCounting.logController === undefined) http.countServer(app)
  else http.countRoutes(app)
  addListenerDoor(app, options.path)
  app.setSerializerCompiler(() => (data) => JSON.stringify(data))
  registerEndpoint(app, options)
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(address) ?? []
  let listening: Promise<string> | undefined
  let closed = false

  async function listen(): Promise<string> {
    try {
      return await app.listen({ host: host.replaceAll(/[[\]]/g, ''), port: Number(port) })
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException
      const taken = code === 'EADDRINUSE'
      throw new CompozyError(
        taken ? 'port_in_use' : 'config_invalid',
        `monitoring.listen ${address}: ${taken ? 'the port is in use' : `cannot listen (${code})`}`,
        { cause },
      )
    }
  }

  return {
    async listen() {
      if (closed) throw new CompozyError('conflict', 'monitoring is disposed; it cannot listen')
      return (listening ??= listen())
    },
    async close() {
      closed = true
      // A server that closes while it begins to listen would listen for ever.
      await listening?.catch(() => undefined)
      await app.close()
    },
  }
}
