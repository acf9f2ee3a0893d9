import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '@temporalio/client'

/** Which server to wait for. */
export interface ReadinessOptions {
  readonly host: string
  readonly port: number
  readonly namespace: string
  /** Called before every probe; returns false to stop waiting, and may throw. */
  readonly goOn: () => boolean
}

const probeTimeoutMs = 2_000

function answersTcp(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host)
    socket.once('connect', () => (socket.destroy(), resolve(true)))
    socket.once('error', () => resolve(false))
  })
}

async function hasNamespace(
  { workflowService, connection }: Client,
  namespace: string,
): Promise<boolean> {
  try {
    const describe = () => workflowService.describeNamespace({ namespace })
    await connection.withDeadline(Date.now() + probeTimeoutMs, describe)
    return true
  } catch {
    return false
  }
}

/**
 * Waits until a local server accepts connections, is healthy and has its namespace. Probes TCP
 * first: a gRPC client that connects too early waits a whole second before it tries again.
 */
export async function untilReady({ host, port, namespace, goOn }: ReadinessOptions): Promise<void> {
  while (goOn() && !(await answersTcp(host, port))) await sleep(20)
  // The SDK takes half a second to load: the server starts meanwhile.
  const { isHealthy, openClient } = await import('../connection/connection.ts')
  const plain = { apiKey: null, tls: false, tlsCert: null, tlsKey: null, tlsCa: null }
  const client = openClient({ ...plain, address: `${host}:${port}` }, namespace)
  try {
    while (goOn() && !(await isHealthy(client, probeTimeoutMs))) await sleep(50)
    while (goOn() && !(await hasNamespace(client, namespace))) await sleep(50)
  } finally {
    await client.connection.close()
  }
}
