import { networkInterfaces, hostname } from 'node:os'

/** An address that the engine listens on or connects to. */
export interface Endpoint {
  readonly host: string
  readonly port: number
}

const loopback = ['localhost', '127.0.0.1', '[::1]', '0.0.0.0', '[::]', '[::ffff:127.0.0.1]']

/** Names and addresses that stand for many, in words of Deno's: all of them are this machine. */
const loopbackRanges = ['127.0.0.0/8', '*.localhost']

/** Reports whether a `host:port` is in one of {@link loopbackRanges}. */
const isInRange = (named: string, port: number): boolean =>
  named.endsWith(`:${port}`) && /^(?:127\.[\d.]+|.+\.localhost):\d+$/.test(named)

const bracketed = (host: string): string =>
  host.includes(':') && !host.startsWith('[') ? `[${host}]` : host

/** Returns every name and address by which this machine reaches itself. */
function ownHosts(): string[] {
  const addresses = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter(({ scopeid }) => !scopeid)
    .flatMap(({ address, family }) =>
      family === 'IPv4' ? [address, `[::ffff:${address}]`] : [bracketed(address)],
    )
  return [...new Set([...loopback, hostname(), ...addresses])]
}

/**
 * Returns the `host:port` list that closes the engine's endpoints to a tool: each endpoint as it is
 * configured, and its port on this machine. An endpoint that the project allows by name stays open.
 */
export function endpointsToDeny(
  endpoints: readonly Endpoint[],
  allowed: ReadonlySet<string>,
): string[] {
  const hosts = ownHosts()
  const isNamed = (port: number) =>
    hosts.some((host) => allowed.has(`${host}:${port}`)) ||
    [...allowed].some((named) => isInRange(named, port))
  const denied = endpoints
    .filter(({ host, port }) => !allowed.has(`${bracketed(host)}:${port}`) && !isNamed(port))
    .flatMap(({ host, port }) =>
      [...hosts, ...loopbackRanges, bracketed(host)].map((name) => `${name}:${port}`),
    )
  return [...new Set(denied)]
}
