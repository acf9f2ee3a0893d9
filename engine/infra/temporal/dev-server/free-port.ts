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

/** Returns a free port other than `except`, the preferred one if possible. */
export async function freePort(host: string, preferred = 0, except?: number): Promise<number> {
  for (let wanted = preferred; ; wanted = 0) {
    const found = await tryPort(wanted, host)
    if (found !== undefined && found !== except) return found
  }
}

/** Reports whether a port is free. */
export async function isFree(host: string, port: number): Promise<boolean> {
  return (await tryPort(port, host)) !== undefined
}
