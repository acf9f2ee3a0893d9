import type { FastifyInstance } from 'fastify'
import { CompozyError } from '../../../core/errors.ts'

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
