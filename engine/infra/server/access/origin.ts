import type { FastifyInstance, FastifyRequest } from 'fastify'
import { CompozyError } from '../../../core/errors.ts'

/** Methods that change nothing; a page of another origin can't read the answer anyway. */
const safe: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Reports whether a browser sent this for a page of another origin. Programs send neither header. */
function isForeign({ headers, host }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  const { origin } = headers
  if (origin === undefined) return false
  return !URL.canParse(origin) || new URL(origin).host !== host
}

/**
 * Refuses changes that a web page of another origin asks for. Without this, any page in a user's
 * browser could POST to an API on that machine that needs no token.
 */
export function addOriginCheck(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    if (
      safe.has(request.method) ||
      !request.routeOptions.url?.startsWith('/api/') ||
      !isForeign(request)
    )
      return
    throw new CompozyError(
      'forbidden',
      'the request comes from a web page of another origin; only pages of this server may make changes',
    )
  })
}
