import type { FastifyInstance } from 'fastify'

/** For pages of this server: its own files only, no inline script, in no frame. */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** For everything else, which a browser has no reason to render. */
const dataPolicy = "default-src 'none'; frame-ancestors 'none'"

/** Returns the security headers of OWASP for an answer, by its content type. */
export function securityHeaders(contentType: string): Readonly<Record<string, string>> {
  return {
    'content-security-policy': contentType.startsWith('text/html') ? pagePolicy : dataPolicy,
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  }
}

/** Adds the security headers to every answer that goes through Fastify's hooks. */
export function addSecurityHeaders(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply) => {
    void reply.headers(securityHeaders(String(reply.getHeader('content-type') ?? '')))
    if (request.routeOptions.url?.startsWith('/api/') && !reply.hasHeader('cache-control'))
      void reply.header('cache-control', 'no-store')
  })
}
