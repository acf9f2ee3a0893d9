import type { Socket } from 'node:net'
import { securityHeaders } from './access/security-headers.ts'
import { problemType, protocolProblem, type Problem, type ProtocolStatus } from './problem.ts'

/** Errors of Node's parser that have a status of their own; every other one is 400. */
const statusByParserCode: Readonly<Record<string, readonly [ProtocolStatus, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request took too long to arrive'],
  HPE_HEADER_OVERFLOW: [431, 'the headers are larger than 16 KiB'],
}

function problemFor({ code = '', message }: NodeJS.ErrnoException): Problem {
  const known = statusByParserCode[code]
  const [status, detail] = known ?? ([400, `invalid HTTP request: ${message}`] as const)
  return protocolProblem(status, detail, crypto.randomUUID())
}

/**
 * Answers bytes that Node could not parse as a request with a problem, and closes the connection.
 */
export function answerMalformedRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (socket.writable && error.code !== 'ECONNRESET') {
    const problem = problemFor(error)
    const body = JSON.stringify(problem)
    const head = [
      `HTTP/1.1 ${problem.status} ${problem.title}`,
      `content-type: ${problemType}`,
      `content-length: ${Buffer.byteLength(body)}`,
      `x-request-id: ${problem.request_id}`,
      'connection: close',
      ...Object.entries(securityHeaders(problemType)).map(([name, value]) => `${name}: ${value}`),
    ]
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`)
  }
  socket.destroy(error)
}
