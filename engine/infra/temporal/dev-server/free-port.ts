import { createServer } from 'node:net'
import { CompozyError } from '../../../core/errors.ts'

/**
 * Returns the port if this process can listen on it, any free one for 0, undefined if it is taken.
 * Throws CompozyError `port_in_use` when this process may not listen there at all.
 */
function tryPort(port: number, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') return resolve(undefined)
      const message = `port ${port} on ${host} cannot be used: ${error.message}`
      reject(new CompozyError('port_in_use', message, { cause: error }))
    })
    server.listen(port, host, () => {
      const address = server.address()
      const found = typeof address === 'object' && address !== null ? address.port : port
      server.close(() => resolve(found))
    })
  })
}

/**
 * Ports that no system gives to outgoing connections: Linux takes those from 32768, others from
 * 49152. One of these stays free until the server that it is for listens.
 */
const quietPorts = { from: 20_000, count: 12_768 }
const maximumDraws = 50

const drawPort = (): number => quietPorts.from + Math.floor(Math.random() * quietPorts.count)

/** Returns a free port other than `except`, the preferred one if possible. */
export async function freePort(host: string, preferred = 0, except?: number): Promise<number> {
  if (preferred !== 0 && preferred !== except && (await isFree(host, preferred))) return preferred
  for (let draws = 0; ; draws++) {
    const found = await tryPort(draws < maximumDraws ? drawPort() : 0, host)
    if (found !== undefined && found !== except) return found
  }
}

/** Reports whether a port is free. */
export async function isFree(host: string, port: number): Promise<boolean> {
  return (await tryPort(port, host)) !== undefined
}
