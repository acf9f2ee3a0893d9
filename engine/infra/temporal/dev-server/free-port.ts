import { createServer } from 'node:net'
import { CompozyError } from '../../../core/errors.ts'

/**
 * Whether a port of a host can be listened on; 0 gives any free one. `undefined` if it is taken. Throws CompozyError
 * `port_in_use` where this process may not listen there at all.
 */
function tryPort(port: number, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') return resolve(undefined)
      const message = `port ${port} on ${host} can't be listened on: ${error.message}`
      reject(new CompozyError('port_in_use', message, { cause: error }))
    })
    server.listen(port, host, () => {
      const address = server.address()
      const found = typeof address === 'object' && address !== null ? address.port : port
      server.close(() => resolve(found))
    })
  })
}

/** A free port that is not `except`: the preferred one where nobody has it, else any. */
export async function freePort(host: string, preferred = 0, except?: number): Promise<number> {
  for (let wanted = preferred; ; wanted = 0) {
    const found = await tryPort(wanted, host)
    if (found !== undefined && found !== except) return found
  }
}

/** Whether nobody listens on a port. */
export async function isFree(host: string, port: number): Promise<boolean> {
  return (await tryPort(port, host)) !== undefined
}
