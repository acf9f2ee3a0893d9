import { connect } from 'node:net'

/** What came back on a raw connection: every byte until it closed or `withinMs` passed. */
export function exchange(
  api: string,
  bytes: Buffer | string,
  { withinMs = 2_000, end = false } = {},
): Promise<string> {
  const { hostname, port } = new URL(api)
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname)
    let answer = ''
    const finish = () => {
      clearTimeout(late)
      socket.destroy()
      resolve(answer)
    }
    const late = setTimeout(finish, withinMs)
    socket.setEncoding('latin1').on('data', (text: string) => (answer += text))
    socket.on('close', finish).on('error', finish)
    if (end) socket.end(bytes)
    else socket.write(bytes)
  })
}

/** Statuses of the answers in what a raw connection gave back. */
export function statusesOf(answer: string): number[] {
  return [...answer.matchAll(/^HTTP\/1\.[01] (\d{3}) /gm)].map(([, status]) => Number(status))
}

const head = (line: string, ...headers: string[]): string =>
  [line, 'host: localhost', ...headers, '', ''].join('\r\n')

const json = 'content-type: application/json'
const start = 'POST /api/v0/workflows/echo/executions HTTP/1.1'

const many = (count: number, line: (i: number) => string): string[] =>
  Array.from({ length: count }, (_, i) => line(i))

/**
 * Requests that no client should send, each with the statuses that are right for it; none means
 * that the connection is closed without an answer.
 */
export const hostileRequests: Readonly<Record<string, readonly [string | Buffer, ...number[]]>> = {
  'no Host': ['GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n', 400],
  'two Hosts': [
    'GET /healthz HTTP/1.1\r\nhost: localhost\r\nhost: evil.example\r\nconnection: close\r\n\r\n',
    200,
    400,
  ],
  'another Host': ['GET /healthz HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n', 403],
  'an absolute URL of another host': [
    head('GET http://evil.example/healthz HTTP/1.1', 'connection: close'),
    400,
    403,
    404,
  ],
  'an absolute URL': [
    head('GET http://localhost/healthz HTTP/1.1', 'connection: close'),
    200,
    400,
    404,
  ],
  'HTTP/1.0': ['GET /healthz HTTP/1.0\r\n\r\n', 200],
  'HTTP/1.0 that changes something': ['POST /api/v0/events HTTP/1.0\r\n\r\n', 400, 415],
  'HTTP/0.9': ['GET /healthz\r\n\r\n', 200, 400],
  'HTTP/2 without an upgrade': ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 404, 405, 505],
  'a TLS hello': [Buffer.from('160301020001fc0303', 'hex'), 400],
  'random bytes': [
    Buffer.from(many(2_000, (i) => String.fromCharCode((i * 7919) % 256)).join(''), 'latin1'),
    400,
  ],
  CONNECT: [head('CONNECT evil.example:443 HTTP/1.1'), 400, 404, 405, 501],
  TRACE: [head('TRACE /healthz HTTP/1.1', 'connection: close'), 404, 405],
  'an unknown method': [head('FOO /healthz HTTP/1.1'), 400],
  'OPTIONS *': [head('OPTIONS * HTTP/1.1', 'connection: close'), 404, 405],
  'a WebSocket upgrade': [
    head('GET /healthz HTTP/1.1', 'connection: upgrade, close', 'upgrade: websocket'),
    200,
    400,
  ],
  '100-continue without a body': [
    head(start, json, 'expect: 100-continue', 'content-length: 2'),
    100,
  ],
  'another expectation': [
    head(start, json, 'expect: 200-maybe', 'content-length: 2', 'connection: close') + '{}',
    417,
  ],
  'two lengths': [head(start, json, 'content-length: 2', 'content-length: 3') + '{} ', 400],
  'a length and chunks': [
    head(start, json, 'content-length: 4', 'transfer-encoding: chunked') + '0\r\n\r\n',
    400,
  ],
  'two transfer encodings': [
    head(start, json, 'transfer-encoding: gzip, chunked', 'connection: close') + '0\r\n\r\n',
    202,
    400,
    415,
    501,
  ],
  'chunked in other words': [
    head(start, json, 'transfer-encoding: xchunked') + '0\r\n\r\n',
    400,
    501,
  ],
  'a negative length': [head(start, json, 'content-length: -1'), 400],
  'a huge length': [head(start, json, 'content-length: 99999999999999999999'), 400, 413],
  'a length over the limit': [
    head(start, json, 'content-length: 900000000', 'connection: close'),
    413,
  ],
  'a chunk size that overflows': [
    head(start, json, 'transfer-encoding: chunked') + 'FFFFFFFFFFFFFFFFF\r\n{}\r\n',
    400,
  ],
  'a chunk extension of 1 MB': [
    head(start, json, 'transfer-encoding: chunked') +
      `2;${'x'.repeat(1_000_000)}\r\n{}\r\n0\r\n\r\n`,
    400,
    413,
  ],
  '10,000 trailers': [
    head(start, json, 'transfer-encoding: chunked') +
      `2\r\n{}\r\n0\r\n${many(10_000, (i) => `t${i}: v\r\n`).join('')}\r\n`,
    400,
    431,
  ],
  '5,000 headers': [head('GET /healthz HTTP/1.1', ...many(5_000, (i) => `h${i}: v`)), 431],
  '1,900 short headers': [
    head('GET /healthz HTTP/1.1', 'connection: close', ...many(1_900, () => 'h: v')),
    200,
    431,
  ],
  'a header of 1 MB': [head('GET /healthz HTTP/1.1', `x: ${'x'.repeat(1_000_000)}`), 431],
  'a NUL in a header': [head('GET /healthz HTTP/1.1', 'x: a\0b'), 400],
  'a folded header': [head('GET /healthz HTTP/1.1', 'x: a', ' b', 'connection: close'), 200, 400],
  'a header without a name': [head('GET /healthz HTTP/1.1', ': v'), 400],
  'a bare line feed': ['GET /healthz HTTP/1.1\nhost: localhost\n\n', 400],
  'a NUL in the URL': [head('GET /healthz\0 HTTP/1.1'), 400],
  'bytes that are no ASCII in the URL': [
    Buffer.from(head('GET /\xff\xfe HTTP/1.1', 'connection: close'), 'latin1'),
    400,
    404,
  ],
  'a URL of 20 kB': [head(`GET /${'a'.repeat(20_000)} HTTP/1.1`), 431],
  'a URL of 15 kB': [head(`GET /${'a'.repeat(15_000)} HTTP/1.1`, 'connection: close'), 404, 431],
  'an empty URL': [head('GET  HTTP/1.1'), 400],
  'a percent sign alone': [head('GET /api/v0/workflows/% HTTP/1.1', 'connection: close'), 400],
  'UTF-8 that is too long': [
    head('GET /api/v0/workflows/%c0%ae%c0%ae HTTP/1.1', 'connection: close'),
    400,
    404,
  ],
  'half a surrogate pair': [
    head('GET /api/v0/workflows/%ed%a0%80 HTTP/1.1', 'connection: close'),
    400,
    404,
  ],
  'a path that climbs': [
    head('GET /docs/static/..%2f..%2f..%2fetc%2fpasswd HTTP/1.1', 'connection: close'),
    400,
    403,
    404,
  ],
  'a path that climbs in the open': [
    head('GET /docs/static/../../../../etc/passwd HTTP/1.1', 'connection: close'),
    400,
    403,
    404,
  ],
  'a body that says it is compressed': [
    Buffer.concat([
      Buffer.from(
        head(start, json, 'content-encoding: gzip', 'content-length: 20', 'connection: close'),
      ),
      Buffer.from('1f8b0800000000000003abae0500434bd46702000000', 'hex').subarray(0, 20),
    ]),
    400,
    415,
  ],
  'a GET with a body': [
    head('GET /healthz HTTP/1.1', json, 'content-length: 3', 'connection: close') + '{{{',
    200,
    400,
  ],
  'an Accept of 15 kB': [
    head(
      'GET /metrics HTTP/1.1',
      `accept: ${'text/plain;q=0.1,'.repeat(800)}`,
      'connection: close',
    ),
    200,
    406,
  ],
  'an Authorization of 15 kB': [
    head(
      'GET /api/v0/workflows HTTP/1.1',
      `authorization: Bearer ${'a'.repeat(14_000)}`,
      'connection: close',
    ),
    200,
    401,
  ],
  'an Origin that is no URL': [
    head(
      'POST /api/v0/events HTTP/1.1',
      'origin: http://[',
      'content-length: 0',
      'connection: close',
    ),
    403,
  ],
  'the Origin null': [
    head('POST /api/v0/events HTTP/1.1', 'origin: null', 'content-length: 0', 'connection: close'),
    403,
  ],
}
