import type { AddressInfo } from 'node:net'
import type { Config } from '../config/config.ts'
import type { Endpoint } from '../tool/index.ts'

function parseEndpoint(address: string): Endpoint[] {
  const match = /^(.+):(\d+)$/.exec(address)
  return match === null ? [] : [{ host: match[1]!, port: Number(match[2]) }]
}

/** Where an HTTP server listens, as Node reports it. */
type ServerAddress = AddressInfo | string | null | undefined

/** What the configuration does not tell. */
interface Listening {
  /** What the API server listens on, once it does. */
  readonly api: ServerAddress
  /** URL of Temporal's UI. */
  readonly ui: string | undefined
  /** Where the SDK's core tells its metrics, once it does. */
  readonly sdkMetrics: Endpoint | undefined
}

/**
 * Returns the endpoints that tools cannot reach unless the project names them: Temporal, its UI,
 * the API, and the listeners for metrics.
 */
export function ownEndpoints(
  { temporal, server, monitoring }: Config,
  { api, ui, sdkMetrics }: Listening,
): Endpoint[] {
  const port = typeof api === 'object' && api !== null ? api.port : server.port
  return [
    ...parseEndpoint(temporal.address),
    ...(ui === undefined ? [] : parseEndpoint(new URL(ui).host)),
    ...(monitoring.listen === null ? [] : parseEndpoint(monitoring.listen)),
    ...(sdkMetrics === undefined ? [] : [sdkMetrics]),
    ...(port === 0 ? [] : [{ host: server.host, port }]),
  ]
}
