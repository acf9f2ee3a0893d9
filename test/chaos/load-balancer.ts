import { createServer, request, Agent, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * A load balancer as small as can be: it probes /readyz and sends requests to those that are ready.
 */
export interface LoadBalancer {
  readonly url: string
  add(target: string): void
  /** How many targets are ready. */
  ready(): number
  close(): void
}

interface Target {
  readonly url: string
  isReady: boolean
}

/** Probes every `probeMs`, keeps connections open, and never sends a request twice. */
export async function startLoadBalancer(probeMs: number): Promise<LoadBalancer> {
  const targets: Target[] = []
  const agent = new Agent({ keepAlive: true, maxSockets: 50 })
  let turn = 0

  async function probe(target: Target): Promise<void> {
    const answer = fetch(`${target.url}/readyz`, { signal: AbortSignal.timeout(1_500) })
    target.isReady = await answer.then(
      ({ ok }) => ok,
      () => false,
    )
  }

  function forward(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const able = targets.filter(({ isReady }) => isReady)
    const target = able[turn++ % Math.max(1, able.length)]
    if (target === undefined) return void outgoing.writeHead(503).end('no target is ready')
    const { method, headers, url } = incoming
    const onward = request(`${target.url}${url}`, { method, headers, agent }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(outgoing)
    })
    onward.on('error', (error) => outgoing.writeHead(502).end(`${target.url}: ${error.message}`))
    incoming.pipe(onward)
  }

  const server = createServer(forward).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const timer = setInterval(() => void Promise.all(targets.map(probe)), probeMs)
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    add: (url) => void targets.push({ url, isReady: false }),
    ready: () => targets.filter(({ isReady }) => isReady).length,
    close() {
      clearInterval(timer)
      server.closeAllConnections()
      server.close()
      agent.destroy()
    },
  }
}
