import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A TCP proxy between an engine and Temporal that can be made to misbehave. */
export interface TcpProxy {
  readonly address: string
  /** Holds every byte back for this long, ms. */
  delay(ms: number): void
  /** Resets every open connection. */
  reset(): void
  /** Refuses new connections and resets open ones, until `mend`. */
  cut(): void
  mend(): void
  close(): void
}

/** Starts a proxy to `host:port`. */
export async function startTcpProxy(target: string): Promise<TcpProxy> {
  const [host, port] = target.split(':')
  const sockets = new Set<Socket>()
  let delayMs = 0
  let isCut = false

  function pass(from: Socket, to: Socket): void {
    // In order: when the delay ends, later bytes must not overtake those that still wait.
    const waiting: { readonly bytes: Buffer; readonly dueAt: number }[] = []
    const write = (): void => {
      while (waiting.length > 0 && waiting[0]!.dueAt <= performance.now())
        to.write(waiting.shift()!.bytes)
      if (waiting.length > 0) setTimeout(write, Math.ceil(waiting[0]!.dueAt - performance.now()))
    }
    from.on('data', (bytes) => {
      waiting.push({ bytes, dueAt: performance.now() + delayMs })
      if (waiting.length === 1) write()
    })
    from.on('close', () => (sockets.delete(from), to.destroy()))
    from.on('error', () => to.destroy())
  }
  const server = createServer((inner) => {
    if (isCut) return void inner.resetAndDestroy()
    const outer = connect(Number(port), host)
    for (const socket of [inner, outer]) sockets.add(socket)
    pass(inner, outer)
    pass(outer, inner)
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))

  const reset = (): void => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    delay: (ms) => void (delayMs = ms),
    reset,
    cut() {
      isCut = true
      reset()
    },
    mend: () => void (isCut = false),
    close() {
      reset()
      server.close()
    },
  }
}
