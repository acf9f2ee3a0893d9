import { constants } from 'node:http2'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Status of a request whose client closed the connection first: nginx's 499. */
const clientClosedRequest = 499
const switchingProtocols = 101

/**
 * Returns the status that Node itself sends when it breaks off an upload: invalid HTTP, or a
 * timeout. No reply of Fastify carries that status.
 */
function refusedUpload({ code = '' }: NodeJS.ErrnoException): number | undefined {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 408
  return code.startsWith('HPE_') ? 400 : undefined
}

/** Reports whether a request left HTTP for another protocol, such as WebSocket. */
export const isUpgrade = (request: object): boolean =>
  (request as { readonly upgrade?: unknown }).upgrade === true

/** What HTTP/2 knows of the end of a response. */
interface EndedStream {
  readonly aborted: boolean
  readonly rstCode: number
}

/** The stream of a response of HTTP/2. */
const streamOf = (response: object): EndedStream | undefined =>
  (response as { readonly stream?: EndedStream }).stream

/** Returns the status of a request of HTTP/2, whose stream ends without its socket. */
function streamStatusOf({ aborted, rstCode }: EndedStream, response: ServerResponse): number {
  if (!aborted) return response.statusCode
  if (rstCode !== constants.NGHTTP2_INTERNAL_ERROR) return clientClosedRequest
  return response.headersSent ? response.statusCode : 500
}

/** Returns the status that a finished request is counted under. */
export function endStatusOf(request: IncomingMessage, response: ServerResponse): number {
  const stream = streamOf(response)
  // A canceled response of HTTP/2 counts as finished for Node.
  if (stream !== undefined) return streamStatusOf(stream, response)
  const { errored, readableEnded } = request.socket
  // A write that failed leaves nothing to be written, which is finished for Node.
  const isSent = !request.aborted || readableEnded
  if (response.writableFinished && !errored && isSent) return response.statusCode
  // That of `app.inject` is no stream and tells nothing.
  if (errored === undefined)
    return response.writableEnded ? response.statusCode : clientClosedRequest
  // The other protocol writes to the socket itself; a refusal is a response.
  if (isUpgrade(request) && !response.headersSent) return switchingProtocols
  if (readableEnded) return clientClosedRequest
  if (errored !== null) {
    const refused = response.headersSent ? undefined : refusedUpload(errored)
    return refused ?? clientClosedRequest
  }
  // The server broke it off: the client saw the status of the head, if it was sent. What is written
  // to a destroyed socket is dropped, which is finished for Node 20 and 22. For Node 24 it is not,
  // where only a connection without earlier responses tells.
  const isDropped = response.writableFinished || request.socket.bytesWritten === 0
  return response.headersSent && !isDropped ? response.statusCode : 500
}

/**
 * Ends pipelined requests whose response still queues behind another one, when the response or the
 * connection closes. One listener per connection serves all of its requests.
 */
export function createQueue(): (socket: Socket, response: ServerResponse, end: () => void) => void {
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
