import type { FastifyInstance } from 'fastify'
import { CompozyError } from '../../../core/errors.ts'
import type { Monitoring } from '../../monitoring/public/index.ts'

/**
 * Answers the metrics path of a server whose metrics have a listener of their own: 404 that names
 * their address, also as `Link` for programs. `listen` returns the URL of that listener.
 */
export function pointToMetrics(
  app: FastifyInstance,
  path: string,
  listen: () => Promise<string | undefined>,
): void {
  app.get(path, { schema: { hide: true } }, async (_, reply) => {
    // It rejects while the process stops.
    const server = await listen().catch(() => undefined)
    if (server === undefined)
      throw new CompozyError(
        'not_found',
        'this server has no metrics, and their listener is closed',
      )
    const url = `${server}${path}`
    void reply.header('link', `<${url}>; rel="alternate"`)
    const message = `this server has no metrics: monitoring.listen serves them at ${url}`
    throw new CompozyError('not_found', message)
  })
}

/** How the page gets the metrics of its process, or why it can't. */
export type PageMetrics =
  | { readonly path: string }
  /** `guarded`: `monitoring.token_file` protects them, and the API has no token to read them by. */
  | { readonly missing: 'off' | 'guarded' }

/** What decides how the page gets the metrics. */
export interface PageMetricsOptions {
  readonly monitoring: Pick<Monitoring, 'path' | 'scrape'>
  /** False when `monitoring.listen` serves the metrics. */
  readonly isServed: boolean
  /** Whether `monitoring.token_file` protects the metrics. */
  readonly isGuarded: boolean
  readonly hasApiToken: boolean
}

/** Path of the scrape for the page. It needs the API's token, like the API. */
export const pageMetricsPath = '/page/metrics'

/** Serves the scrape as text: the page parses nothing else. */
function servePageMetrics(app: FastifyInstance, scrape: Monitoring['scrape']): void {
  const config = { scope: 'read' } as const
  app.get(pageMetricsPath, { schema: { hide: true }, config }, async (request, reply) => {
    const acceptEncoding = request.headers['accept-encoding']?.toString()
    const userAgent = request.headers['user-agent']
    const { status, headers, body } = await scrape({
      accept: 'text/plain',
      acceptEncoding,
      userAgent,
    })
    void reply.header('cache-control', 'no-store')
    return reply.code(status).headers(headers).send(body)
  })
}

/**
 * Returns how the page gets the metrics. Where it can't read the endpoint itself, since another
 * address serves it or a token protects it, a route with the API's token serves them.
 */
export function metricsForPage(app: FastifyInstance, options: PageMetricsOptions): PageMetrics {
  const { monitoring, isServed, isGuarded, hasApiToken } = options
  if (monitoring.path === null) return { missing: 'off' }
  if (isServed && !isGuarded) return { path: monitoring.path }
  // Everybody who reaches an API without a token would read them.
  if (isGuarded && !hasApiToken) return { missing: 'guarded' }
  servePageMetrics(app, monitoring.scrape)
  return { path: pageMetricsPath }
}
