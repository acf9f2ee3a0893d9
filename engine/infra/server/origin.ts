import type { FastifyInstance, FastifyRequest } from 'fastify'
import { CompozyError } from '../../core/errors.ts'

/** Requests that change nothing may come from anywhere: no page of another origin can read their answers. */
const safe: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Whether a browser sends this for a page that came from elsewhere. Programs send neither header. */
function isForeign({ headers, host }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  const { origin } = headers
  if (origin === undefined) return false
  return !URL.canParse(origin) || new URL(origin).host !== host
}

/**
 * Refuses what a web page of another origin sends to change something: a browser delivers a POST to an API on this
 * machine that needs no token, whoever wrote the page.
 */
export function addOriginCheck(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    if (
      safe.has(request.method) ||
      !request.routeOptions.url?.startsWith('/api/') ||
      !isForeign(request)
    )
      return
    const message =
      'this request comes from a web page of another origin, which may not change anything here'
    throw new CompozyError('forbidden', message)
  })
}
