import type { AddressInfo } from 'node:net'
import type { Config } from '../config/config.ts'
import type { Endpoint } from '../tool/index.ts'

function parseEndpoint(address: string): Endpoint[] {
  const match = /^(.+):(\d+)$/.exec(address)
  return match === null ? [] : [{ host: match[1]!, port: Number(match[2]) }]
}

/** Where an HTTP server listens, as Node reports it. */
type ServerAddress = AddressInfo | string | null | undefined

/**
 * Returns the endpoints that tools cannot reach unless the project names them: Temporal, its UI,
 * the API, and the metrics listener. `address` is what the API server listens on, once it does.
 */
export function ownEndpoints(
  { temporal, server, monitoring }: Config,
  address: ServerAddress,
  ui: string | undefined,
): Endpoint[] {
  const port = typeof address === 'object' && address !== null ? address.port : server.port
  return [
    ...parseEndpoint(temporal.address),
    ...(ui === undefined ? [] : parseEndpoint(new URL(ui).host)),
    ...(monitoring.listen === null ? [] : parseEndpoint(monitoring.listen)),
    ...(port === 0 ? [] : [{ host: server.host, port }]),
  ]
}
