import { connect, type ConnectionOptions } from 'node:tls'
import type { Client } from '@temporalio/client'
import { defined } from '../../../core/defined.ts'
import { connectionOptions, type ConnectionConfig } from './connection.ts'
import { missingNamespaceOf, toCompozyError } from './errors.ts'

/** Returns why a server is not healthy, in a few words; undefined when it is. Never throws. */
export type HealthCheck = (timeoutMs: number) => Promise<string | undefined>

/**
 * Returns what OpenSSL says and what helps. From Node 24 on its message advises an option of Node,
 * which the worker's connection does not read.
 */
function tlsReason({ code = '', message }: NodeJS.ErrnoException): string {
  const [reason] = message.split('; if the root CA is installed locally')
  const untrusted = /SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY)/.test(code)
  const advice = untrusted ? '; set temporal.tls.ca to the certificate of its authority' : ''
  return `${reason}${advice}`
}

/** Returns why TLS fails, if it is TLS that fails: gRPC only reports a timeout. */
function tlsTrouble(
  address: string,
  options: ConnectionOptions,
  timeoutMs: number,
): Promise<string | undefined> {
  const { hostname, port } = new URL(`tls://${address}`)
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  // TLS does not allow an IP address as server name.
  const servername = /^[\d.]+$|:/.test(host) ? '' : host
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port: Number(port),
      servername,
      ALPNProtocols: ['h2'],
      ...options,
    })
    const end = (reason?: string): void => {
      socket.destroy()
      resolve(reason)
    }
    socket.setTimeout(timeoutMs, () => end())
    socket.once('secureConnect', () => end())
    socket.once('error', (error: NodeJS.ErrnoException) => {
      // Other errors (connection refused, unknown host) are reported as no answer.
      const isOther = /^E[A-Z]+$/.test(error.code ?? '')
      end(isOther ? undefined : `no TLS connection: ${tlsReason(error)}`)
    })
  })
}

/** How long a namespace that exists is not looked up again, ms. */
const namespaceFreshMs = 60_000

/**
 * Returns a check of whether the namespace exists. Without it, no run starts, although Temporal
 * answers. Credentials may be refused this look-up and still start runs: only a missing namespace
 * counts.
 */
function createNamespaceCheck({ workflowService, options: { namespace } }: Client) {
  let foundAt = -Infinity
  return async (): Promise<void> => {
    if (performance.now() - foundAt < namespaceFreshMs) return
    try {
      await workflowService.describeNamespace({ namespace })
      foundAt = performance.now()
    } catch (thrown) {
      if (missingNamespaceOf(thrown) !== undefined) throw thrown
    }
  }
}

/**
 * {@link HealthCheck} of a configured server: it answers, accepts the credentials, and has the
 * namespace.
 */
export function createHealthCheck(client: Client, config: ConnectionConfig): HealthCheck {
  const { connection } = client
  const checkNamespace = createNamespaceCheck(client)
  const { address, tls } = connectionOptions(config)
  const pair = typeof tls === 'object' ? tls?.clientCertPair : undefined
  const ca = typeof tls === 'object' ? tls?.serverRootCACertificate : undefined
  const options = defined({
    ca: ca && Buffer.from(ca),
    cert: pair && Buffer.from(pair.crt),
    key: pair && Buffer.from(pair.key),
  })
  return async (timeoutMs) => {
    try {
      const deadline = Date.now() + timeoutMs
      await connection.withDeadline(deadline, async () => {
        await connection.workflowService.getSystemInfo({})
        await checkNamespace()
      })
      return undefined
    } catch (thrown) {
      const { code, message } = toCompozyError(thrown, 'health check')
      if (code === 'temporal_failed') return `${address}: ${message}`
      const reason = tls ? await tlsTrouble(address, options, timeoutMs) : undefined
      return reason === undefined ? `no answer from ${address}` : `${address}: ${reason}`
    }
  }
}
