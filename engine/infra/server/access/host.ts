import { isIP } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { CompozyError } from '../../../core/errors.ts'
import { isLoopback } from '../listener.ts'

/** Which names a Host header may have. */
export interface HostPolicy {
  /** The host that the server listens on. */
  readonly host: string
  /** Names of `server.allowed_hosts`; `*` allows every one. */
  readonly allowedHosts: readonly string[]
}

/** Returns the name of a Host header without port, brackets and final dot, in lower case. */
function nameOf(header: string): string {
  const [, bracketed, plain = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(header) ?? []
  return (bracketed ?? plain).toLowerCase().replace(/\.$/, '')
}

/**
 * Returns a check of Host headers. Allowed are localhost, the configured host, `allowedHosts` and
 * IP addresses. A server that listens on every interface has no host name, so it accepts every
 * Host until `allowedHosts` is set.
 */
export function createHostCheck({ host, allowedHosts }: HostPolicy): (header: string) => boolean {
  const everyInterface = ['0.0.0.0', '::'].includes(host)
  if (allowedHosts.includes('*') || (everyInterface && allowedHosts.length === 0)) return () => true
  const names = new Set(['localhost', host, ...allowedHosts].map((name) => name.toLowerCase()))
  return (header) => {
    const name = nameOf(header)
    return names.has(name) || name.endsWith('.localhost') || isIP(name) !== 0 || isLoopback(name)
  }
}

/**
 * Returns the authority of an absolute URL such as a proxy gets, which goes before the Host header
 * (RFC 9112); undefined for the usual path.
 */
function authorityOf(url: string): string | undefined {
  return url.startsWith('/') ? undefined : /^[a-z][a-z\d+.-]*:\/\/([^/?#]*)/i.exec(url)?.[1]
}

/**
 * Refuses requests whose Host is not one of ours: a web page can point its own domain to this
 * machine (DNS rebinding), and its Host header is all that gives it away. A request without Host is
 * refused too, as RFC 9112 requires; Node would do so itself, but then monitoring would not see it.
 */
export function addHostCheck(app: FastifyInstance, policy: HostPolicy): void {
  const isOurs = createHostCheck(policy)
  app.addHook('onRequest', async ({ raw }) => {
    const authority = authorityOf(raw.url ?? '')
    if (authority !== undefined && !isOurs(authority)) throw notOurs(authority)
    const { host } = raw.headers
    if (host === undefined) {
      if (raw.httpVersion !== '1.1') return
      throw new CompozyError('input_invalid', 'the Host header is missing; HTTP/1.1 requires it')
    }
    if (!isOurs(host)) throw notOurs(host)
  })
}

function notOurs(host: string): CompozyError {
  return new CompozyError(
    'forbidden',
    `the Host "${host.slice(0, 100)}" is not one of this server; add it to server.allowed_hosts`,
  )
}
