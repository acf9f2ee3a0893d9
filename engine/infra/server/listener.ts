import { once } from 'node:events'
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { onEachServer } from '../../core/bound-servers.ts'
import { CompozyError } from '../../core/errors.ts'
import type { ServerConfig } from './config.ts'

/** Opens and closes the port of an HTTP server. */
export interface Listener {
  /** Listens and returns the URL. Throws CompozyError `port_in_use` or `config_invalid`. */
  listen(): Promise<string>
  /**
   * Stops accepting connections and resolves when all requests are answered. Cuts the rest off
   * after `withinMs`, by default the drain timeout.
   */
  close(options?: { withinMs?: number }): Promise<void>
}

/** How often a closing server looks for connections that became idle, in ms. */
const idleCheckMs = 50

/** Reports whether only this machine can reach a host. */
export const isLoopback = (host: string): boolean =>
  ['127.0.0.1', 'localhost', '::1'].includes(host)

/** The servers of an app and their connections. */
interface Connections {
  /**
   * Closes idle connections. Node does not count those that never sent a request, which browsers
   * open in advance; without this a stop would wait for them.
   */
  closeIdle(): void
  closeAll(): void
  /** Resolves when all servers that listen are closed. Fastify waits for the first one alone. */
  closed(): Promise<unknown>
}

function trackConnections(app: FastifyInstance): Connections {
  const servers: Server[] = []
  const open = new Set<Socket>()
  onEachServer(app, (server) => {
    servers.push(server)
    server.on('connection', (socket: Socket) => {
      open.add(socket)
      socket.once('close', () => open.delete(socket))
    })
  })
  return {
    closeIdle() {
      for (const server of servers) server.closeIdleConnections()
      for (const socket of open) if (socket.bytesRead === 0) socket.destroy()
    },
    closeAll() {
      for (const server of servers) server.closeAllConnections()
    },
    closed: () =>
      Promise.all(
        servers.filter(({ listening }) => listening).map((server) => once(server, 'close')),
      ),
  }
}

/** Returns what a user can do about an error of `listen`; other errors come back unchanged. */
function explainListenError(error: NodeJS.ErrnoException, host: string, port: number): unknown {
  switch (error.code) {
    case 'EADDRINUSE': {
      const message = `port ${port} on ${host} is taken; choose another with --port (0 takes any free one)`
      return new CompozyError('port_in_use', message, { cause: error })
    }
    case 'EACCES':
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND': {
      const message = `cannot listen on --host ${host} --port ${port}: ${error.code}`
      return new CompozyError('config_invalid', message, { cause: error })
    }
    default:
      return error
  }
}

const reachableHosts: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }

function urlOf(app: FastifyInstance, host: string): string {
  const address = app.server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const reachable = reachableHosts[host] ?? host
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}

/** Creates the listener of a server; create it before the server listens. */
export function createListener(
  app: FastifyInstance,
  { host, port, drainTimeout }: ServerConfig,
): Listener {
  const connections = trackConnections(app)
  return {
    async listen() {
      await app.listen({ host, port }).catch((error: unknown) => {
        throw explainListenError(error as NodeJS.ErrnoException, host, port)
      })
      return urlOf(app, host)
    },
    async close({ withinMs = drainTimeout } = {}) {
      // Node keeps a connection open that was busy when the close began.
      const idle = setInterval(() => connections.closeIdle(), idleCheckMs).unref()
      const late = setTimeout(() => connections.closeAll(), withinMs).unref()
      await Promise.all([connections.closed(), app.close()]).finally(() => {
        clearInterval(idle)
        clearTimeout(late)
      })
    },
  }
}
