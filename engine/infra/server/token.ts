import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { CompozyError } from '../../core/errors.ts'

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** The token of a header `Bearer TOKEN`; the scheme's case does not matter (RFC 9110). */
const bearerOf = (header: string | undefined): string => /^bearer +(.*)$/i.exec(header ?? '')?.[1] ?? ''

/**
 * Asks for a token before every route under /api/. Which route it is, the router has said: a URL can be written in
 * more ways than one (`/%61pi/`, `http://host/api/`), and all of them reach the same handler.
 */
export function addTokenCheck(app: FastifyInstance, token: string): void {
  const expected = digest(token)
  app.addHook('onRequest', async (request) => {
    if (!request.routeOptions.url?.startsWith('/api/')) return
    // Digests are of one length, so the comparison tells nothing about the token's.
    if (timingSafeEqual(digest(bearerOf(request.headers.authorization)), expected)) return
    throw new CompozyError('unauthorized', 'this API asks for a token: send authorization: Bearer TOKEN')
  })
}
