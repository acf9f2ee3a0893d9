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
 * IP addresses. A server that listens on every interface has no name of its own, so it takes every
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
 * Refuses requests whose Host is not one of ours: a web page can point a domain of its own to this
 * machine (DNS rebinding), and its Host header is all that gives it away. A request without Host is
 * refused too, as RFC 9112 requires; Node would do so itself, but then monitoring would not see it.
 */
export function addHostCheck(app: FastifyInstance, policy: HostPolicy): void {
  const isOurs = createHostCheck(policy)
  app.addHook('onRequest', async ({ raw }) => {
    const { host } = raw.headers
    if (host === undefined) {
      if (raw.httpVersion !== '1.1') return
      throw new CompozyError('input_invalid', 'the Host header is missing; HTTP/1.1 requires it')
    }
    if (isOurs(host)) return
    throw new CompozyError(
      'forbidden',
      `the Host "${host.slice(0, 100)}" is not one of this server; add it to server.allowed_hosts`,
    )
  })
}
