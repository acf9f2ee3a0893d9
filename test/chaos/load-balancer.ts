import { createServer, request, Agent, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A minimal load balancer: probes /readyz and sends requests to the targets that are ready. */
export interface LoadBalancer {
  readonly url: string
  add(target: string): void
  remove(target: string): void
  /** How many targets are ready. */
  ready(): number
  close(): void
}

/** The load balancer's own answers, which no engine gives. */
export const ownStatus = { targetFailed: 521, noTarget: 530 } as const

/** Probes in a row that fail before a target gets no more requests, as HAProxy has it. */
const fall = 3

interface Target {
  readonly url: string
  isReady: boolean
  failures: number
  /** Number of the newest probe that was answered. */
  answered: number
}

/** Probes every `probeMs`, keeps connections open, and never sends a request twice. */
export async function startLoadBalancer(probeMs: number): Promise<LoadBalancer> {
  const targets: Target[] = []
  // No limit: a request that waits here would reach an engine that has gone meanwhile.
  const agent = new Agent({ keepAlive: true })
  let turn = 0
  let probes = 0

  async function probe(target: Target): Promise<void> {
    const number = probes++
    const answer = fetch(`${target.url}/readyz`, { signal: AbortSignal.timeout(1_500) })
    const isReady = await answer.then(
      async (response) => (await response.arrayBuffer(), response.ok),
      () => false,
    )
    // A late answer must not hide a newer one.
    if (number < target.answered) return
    target.answered = number
    target.failures = isReady ? 0 : target.failures + 1
    if (isReady || target.failures >= fall) target.isReady = isReady
  }

  function forward(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const able = targets.filter(({ isReady }) => isReady)
    const target = able[turn++ % Math.max(1, able.length)]
    if (target === undefined) return void outgoing.writeHead(ownStatus.noTarget).end()
    const { method, headers, url } = incoming
    const onward = request(`${target.url}${url}`, { method, headers, agent }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(outgoing)
      answer.on('error', () => outgoing.destroy())
    })
    onward.on('error', (error: NodeJS.ErrnoException) => {
      if (outgoing.headersSent) return void outgoing.destroy()
      outgoing.writeHead(ownStatus.targetFailed).end(error.code)
    })
    incoming.pipe(onward)
  }

  const server = createServer(forward).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const timer = setInterval(() => void Promise.all(targets.map(probe)), probeMs)
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    add: (url) => void targets.push({ url, isReady: false, failures: 0, answered: -1 }),
    remove(url) {
      const index = targets.findIndex((target) => target.url === url)
      if (index >= 0) targets.splice(index, 1)
    },
    ready: () => targets.filter(({ isReady }) => isReady).length,
    close() {
      clearInterval(timer)
      server.closeAllConnections()
      server.close()
      agent.destroy()
    },
  }
}
