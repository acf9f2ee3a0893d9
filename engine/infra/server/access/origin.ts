import type { FastifyInstance, FastifyRequest } from 'fastify'
import { CompozyError } from '../../../core/errors.ts'

/** Methods that change nothing; a page of another origin can't read the answer anyway. */
const safe: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Returns the scheme that the browser used, which a proxy with TLS tells in `x-forwarded-proto`.
 */
function schemeOf({ headers, protocol }: FastifyRequest): string {
  const forwarded = String(headers['x-forwarded-proto'] ?? '')
    .split(',')[0]!
    .trim()
  return forwarded === '' ? protocol : forwarded
}

/**
 * Reports whether a browser sent this for a page of another origin. Programs send neither header.
 */
function isForeign(request: FastifyRequest): boolean {
  const { headers, host } = request
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  const { origin } = headers
  if (origin === undefined) return false
  if (!URL.canParse(origin)) return true
  const page = new URL(origin)
  return page.host !== host || page.protocol !== `${schemeOf(request)}:`
}

/**
 * Refuses changes that a web page of another origin asks for. Without this, any page in a user's
 * browser could POST to an API on that machine that needs no token.
 */
export function addOriginCheck(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    const { url = '' } = request.routeOptions
    // A profile slows the process down, so even asking for one is a change.
    const isChange =
      url.startsWith('/debug/') || (url.startsWith('/api/') && !safe.has(request.method))
    if (!isChange || !isForeign(request)) return
    throw new CompozyError(
      'forbidden',
      'the request comes from a web page of another origin; only pages of this server may make changes',
    )
  })
}
