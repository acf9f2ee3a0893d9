import type { FastifyInstance, FastifyRequest } from 'fastify'
import { CompozyError } from '../../../core/errors.ts'
import { pageMetricsPath } from '../routes/metrics-elsewhere.ts'
import {
  findToken,
  includesScope,
  parseApiTokens,
  type ApiToken,
  type TokenScope,
} from './api-tokens.ts'

/** The text of a token file, or a function that returns its current text. */
export type TokenText = string | (() => string)

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a token must be allowed to do. */
    scope?: TokenScope
  }
  interface FastifyRequest {
    /** Name of the token that the request carries; undefined without tokens. */
    tokenName: string | undefined
  }
}

/** Reports whether a route needs a token: the API, the profiles, and metrics for the page. */
const isGuarded = (url: string | undefined): boolean =>
  url !== undefined &&
  (url.startsWith('/api/') || url.startsWith('/debug/') || url === pageMetricsPath)

/** Returns a function that gives the current tokens; parses them when the text changes. */
function createTokenReader(text: TokenText): () => readonly ApiToken[] {
  let parsedText: string | undefined
  let tokens: readonly ApiToken[] = []
  return () => {
    const current = typeof text === 'string' ? text : text()
    if (current !== parsedText) tokens = parseApiTokens(current)
    parsedText = current
    return tokens
  }
}

function requireScope(token: ApiToken, { routeOptions }: FastifyRequest): void {
  const scope = routeOptions.config.scope ?? 'admin'
  if (includesScope(token, scope)) return
  throw new CompozyError(
    'forbidden',
    `the token "${token.name}" has the scope ${token.scope}; this needs ${scope}`,
  )
}

/**
 * Requires a token with the route's scope where a route needs one. The check uses the matched
 * route, not the URL: one route can be written in several ways (`/%61pi/`, `http://host/api/`).
 */
export function addTokenCheck(app: FastifyInstance, text: TokenText): void {
  const tokens = createTokenReader(text)
  tokens()
  app.addHook('onRequest', async (request) => {
    if (!isGuarded(request.routeOptions.url)) return
    const token = findToken(tokens(), request.headers.authorization)
    if (token === undefined)
      throw new CompozyError(
        'unauthorized',
        'the API token is missing or wrong; send "authorization: Bearer TOKEN"',
      )
    request.tokenName = token.name
    requireScope(token, request)
  })
}
