import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

/** Pipelined requests, of all connections, that are handled in one turn of the event loop. */
const requestsPerTurn = 32

interface WaitingRequest {
  readonly socket: Socket
  readonly proceed: () => void
}

/**
 * Handles pipelined requests in small groups. Node reads 64 KiB of a connection at a time and
 * starts every request in it in the same turn: more than a thousand of them would hold the loop.
 * While requests of a connection wait, no more is read of it, so they take a bounded memory. Call
 * before any other hook.
 */
export function spreadPipelinedRequests(app: FastifyInstance): void {
  const waiting: WaitingRequest[] = []
  const waitingOf = new Map<Socket, number>()

  function handleGroup(): void {
    const group = waiting.splice(0, requestsPerTurn)
    if (waiting.length > 0) setImmediate(handleGroup)
    for (const { socket, proceed } of group) {
      const left = waitingOf.get(socket)! - 1
      if (left > 0) waitingOf.set(socket, left)
      else {
        waitingOf.delete(socket)
        socket.resume()
      }
      proceed()
    }
  }

  app.addHook('onRequest', (request, reply, done) => {
    // A response without a socket queues behind another one of its connection.
    if (reply.raw.socket !== null || reply.raw.destroyed) return done()
    const { socket } = request.raw
    const before = waitingOf.get(socket) ?? 0
    if (before === 0) socket.pause()
    waitingOf.set(socket, before + 1)
    if (waiting.length === 0) setImmediate(handleGroup)
    waiting.push({ socket, proceed: done })
  })
}
