import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerResponse } from 'node:http2'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { onEachServer, onFurtherServers } from '../../../core/bound-servers.ts'
import { unmatchedPath, type ClientError, type HttpFamilies } from '../families/http.ts'
import type { Guard } from './guard.ts'

/** Returns the reason label of a refused connection. */
function reasonOf({ code = '' }: NodeJS.ErrnoException): ClientError {
  const named: Readonly<Record<string, ClientError>> = {
    HPE_INVALID_METHOD: 'invalid_method',
    HPE_HEADER_OVERFLOW: 'header_too_large',
    ERR_HTTP_REQUEST_TIMEOUT: 'timeout',
    ECONNRESET: 'reset',
    EPIPE: 'reset',
  }
  return named[code] ?? (code.startsWith('HPE_') ? 'bad_request' : 'other')
}

/** Refuses CONNECT as Node does, on the connection of HTTP/1 or as a response of HTTP/2. */
function refuseConnect(reply: Socket | Http2ServerResponse): void {
  if ('stream' in reply) {
    reply.writeHead(405).end()
    return
  }
  reply.on('error', () => reply.destroy())
  reply.end('HTTP/1.1 405 Method Not Allowed\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
}

/**
 * Counts the requests that Node answers without Fastify: CONNECT, and an Expect header other than
 * 100-continue. The replies are Node's own.
 */
function countReplies(
  { server }: FastifyInstance,
  count: (method: string, status: number) => void,
): void {
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    if (server.listenerCount('checkExpectation') > 1) return
    // HTTP/2 has no such header.
    if (request.httpVersionMajor < 2) response.setHeader('connection', 'close')
    response.writeHead(417).end()
    count(request.method ?? '', 417)
  })
  server.on('connect', (request: IncomingMessage, reply: Socket | Http2ServerResponse) => {
    // A server that handles CONNECT sends the reply itself.
    if (server.listenerCount('connect') > 1) return
    refuseConnect(reply)
    count(request.method ?? '', 405)
  })
}

/**
 * Hands the events of further servers to the first one, whose handlers answer and count. Without a
 * handler Node answers by itself. Where the owner handles them too, or hands them on, it answers.
 */
function forwardReplies(
  app: FastifyInstance,
  countError: (error: NodeJS.ErrnoException, socket: Socket) => void,
): void {
  onFurtherServers(app, (further) => {
    for (const event of ['checkExpectation', 'connect'])
      further.on(event, (...details: unknown[]) => {
        if (further.listenerCount(event) === 1) app.server.emit(event, ...details)
      })
    further.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
      if (further.listenerCount('clientError') > 1) countError(error, socket)
      else app.server.emit('clientError', error, socket)
    })
  })
}

/** Counts what Node answers or refuses before Fastify sees a request. */
export function countNodeReplies(app: FastifyInstance, families: HttpFamilies, guard: Guard): void {
  countReplies(app, (method, status) =>
    guard.run('http_client_error', () =>
      families.route(method, unmatchedPath).ofStatus(status).add(1),
    ),
  )
  // An owner that hands the error of a further server on to the first one shows it twice.
  const counted = new WeakSet<Error>()
  function countError(error: NodeJS.ErrnoException, socket: Socket): void {
    guard.run('http_client_error', () => {
      if (counted.has(error)) return
      counted.add(error)
      // A request in progress on the connection ends with it and is counted as a request.
      if ((socket as Socket & { _httpMessage?: unknown })._httpMessage) return
      families.clientError(reasonOf(error))
    })
  }
  onEachServer(app, (server) =>
    server.on('drop', () =>
      guard.run('http_client_error', () => families.clientError('too_many_connections')),
    ),
  )
  forwardReplies(app, countError)
  app.server.on('clientError', countError)
}
