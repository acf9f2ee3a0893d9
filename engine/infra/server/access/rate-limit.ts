import fastifyRateLimit from '@fastify/rate-limit'
import type { FastifyInstance } from 'fastify'
import { CompozyError } from '../../../core/errors.ts'

/** Requests are counted over this time, so that short bursts pass. */
const windowSeconds = 10

/** Clients that are counted; the one that was seen longest ago makes room. */
const maximumClients = 10_000

/**
 * Limits the requests of each client (IP address) to /api/. A request beyond the limit is answered
 * 429 with `retry-after`. Call before any route is registered.
 *
 * @param perSecond requests a second, averaged over ten seconds; 0 for no limit
 */
export async function addRateLimit(app: FastifyInstance, perSecond: number): Promise<void> {
  if (perSecond === 0) return
  await app.register(fastifyRateLimit, {
    max: perSecond * windowSeconds,
    timeWindow: windowSeconds * 1_000,
    cache: maximumClients,
    allowList: ({ routeOptions }) => !routeOptions.url?.startsWith('/api/'),
    errorResponseBuilder: (_request, { after }) =>
      new CompozyError(
        'limit_reached',
        `more than ${perSecond} requests a second (server.rate_limit); try again in ${after}`,
      ),
  })
}
