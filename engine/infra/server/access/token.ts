import type { FastifyInstance } from 'fastify'
import { CompozyError } from '../../../core/errors.ts'
import { createBearerCheck } from '../../monitoring/index.ts'

/**
 * Requires a token for every route under /api/. The check uses the matched route, not the URL: one
 * route can be written in several ways (`/%61pi/`, `http://host/api/`).
 */
export function addTokenCheck(app: FastifyInstance, token: string): void {
  const carriesToken = createBearerCheck(token)
  app.addHook('onRequest', async (request) => {
    if (!request.routeOptions.url?.startsWith('/api/')) return
    if (carriesToken(request.headers.authorization)) return
    throw new CompozyError(
      'unauthorized',
      'the API token is missing or wrong; send "authorization: Bearer TOKEN"',
    )
  })
}
