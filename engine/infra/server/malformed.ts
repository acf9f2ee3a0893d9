import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { problemType, type Problem } from './problem.ts'

/** What Node's parser refuses before there is a request; the rest is no HTTP at all. */
const refusals: Readonly<Record<string, readonly [number, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request did not come in time'],
  HPE_HEADER_OVERFLOW: [431, 'the headers are larger than 16 KiB'],
}

/**
 * Answers bytes that are no request with a problem like every other, and closes the connection. Their status is HTTP's
 * own, for there is no code of ours that would be nearer than `input_invalid`.
 */
export function refuseBytes(error: NodeJS.ErrnoException, socket: Socket): void {
  const { code = '', message } = error
  if (socket.writable && code !== 'ECONNRESET') {
    const [status, detail] = refusals[code] ?? [400, `this is no HTTP request: ${message}`]
    const title = STATUS_CODES[status] ?? 'Error'
    const request_id = crypto.randomUUID()
    const problem: Problem = {
      type: 'about:blank',
      title,
      status,
      code: 'input_invalid',
      detail,
      request_id,
    }
    const body = JSON.stringify(problem)
    const head = [
      `HTTP/1.1 ${status} ${title}`,
      `content-type: ${problemType}`,
      `content-length: ${Buffer.byteLength(body)}`,
      `x-request-id: ${request_id}`,
      'connection: close',
    ]
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`)
  }
  socket.destroy(error)
}
