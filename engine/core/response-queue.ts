import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Ends pipelined requests whose response still queues behind another one, when the response or the
 * connection closes. One listener per connection serves all of its requests.
 */
export function createResponseQueue(): (
  socket: Socket,
  response: ServerResponse,
  end: () => void,
) => void {
  const queues = new WeakMap<Socket, Set<() => void>>()
  return (socket, response, end) => {
    let ends = queues.get(socket)
    if (ends === undefined) {
      const all = (ends = new Set<() => void>())
      queues.set(socket, all)
      socket.once('close', () => all.forEach((each) => each()))
    }
    const queue = ends
    const once = (): void => {
      if (queue.delete(once)) end()
    }
    queue.add(once)
    response.on('close', once)
  }
}
