import { join } from 'node:path'
import { silentLogger } from '../../engine/core/logger.ts'
import {
  findTemporalBinary,
  startDevServer,
  type DevServer,
} from '../../engine/infra/temporal/index.ts'

/** A Temporal server that can be stopped and comes back on the same port and database. */
export interface TemporalServer {
  readonly address: string
  signal(name: 'SIGSTOP' | 'SIGCONT'): void
  /** Ends it, and resolves when it has ended. */
  end(how: 'SIGTERM' | 'SIGKILL'): Promise<void>
  /** Starts it again; resolves when it answers. */
  start(): Promise<void>
}

/** Starts a server on a database file in `dir`. */
export async function startTemporalServer(dir: string): Promise<TemporalServer> {
  const { path: binary } = await findTemporalBinary({ env: process.env })
  const startAt = (port: number): Promise<DevServer> =>
    startDevServer({
      binary,
      port,
      namespace: 'default',
      databaseFile: join(dir, 'temporal.db'),
      logger: silentLogger,
    })
  let server = await startAt(0)
  const { address } = server
  return {
    address,
    signal: (name) => void process.kill(server.pid, name),
    async end(how) {
      if (how === 'SIGTERM') return server.stop()
      process.kill(server.pid, 'SIGKILL')
      await server.died.catch(() => undefined)
    },
    async start() {
      server = await startAt(Number(address.split(':')[1]))
    },
  }
}
