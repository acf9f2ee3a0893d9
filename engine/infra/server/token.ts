import type { FastifyInstance } from 'fastify'
import { CompozyError } from '../../core/errors.ts'
import { createBearerCheck } from '../monitoring/index.ts'

/**
 * Asks for a token before every route under /api/. Which route it is, the router has said: a URL can be written in
 * more ways than one (`/%61pi/`, `http://host/api/`), and all of them reach the same handler.
 */
export function addTokenCheck(app: FastifyInstance, token: string): void {
  const carriesToken = createBearerCheck(token)
  app.addHook('onRequest', async (request) => {
    if (!request.routeOptions.url?.startsWith('/api/')) return
    if (carriesToken(request.headers.authorization)) return
    throw new CompozyError(
      'unauthorized',
      'this API asks for a token: send authorization: Bearer TOKEN',
    )
  })
}
