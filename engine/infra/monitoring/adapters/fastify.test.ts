import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createTestMonitoring } from '../testing/service.ts'

/** A server with one route for each way in which a request can end. */
async function createApp(): Promise<{
  app: FastifyInstance
  port: number
  arrived: (path: string) => Promise<void>
}> {
  const monitoring = await createTestMonitoring()
  const waiting = new Map<string, () => void>()
  const app = Fastify({
    ...monitoring.http.requestCounting,
    bodyLimit: 100,
    frameworkErrors: (error, _, reply: FastifyReply) => {
      void reply.code(400).send({ message: error.message })
    },
  })
  monitoring.http.countRoutes(app)
  app.addHook('onRequest', async (request, reply) => {
    waiting.get(request.url.split('?')[0]!)?.()
    if (request.url.startsWith('/guarded')) return reply.code(401).send('no')
    return undefined
  })
  app.get('/ok/:id', async () => 'ok')
  app.get('/lost/:id', (_, reply) => {
    reply.callNotFound()
  })
  app.post('/body', async (request) => request.body)
  app.get('/guarded/:id', async () => 'never')
  app.get('/throws', async () => {
    throw new Error('boom')
  })
  app.get('/stream', async (_, reply) => reply.send(Readable.from(['a', 'b'])))
  app.get('/broken-stream', async (_, reply) => {
    const stream = new Readable({ read: () => undefined })
    stream.push('a')
    setImmediate(() => setImmediate(() => stream.destroy(new Error('broken'))))
    return reply.send(stream)
  })
  app.get('/endless-stream', async (_, reply) => {
    const stream = new Readable({ read: () => undefined })
    stream.push('a')
    return reply.send(stream)
  })
  app.get('/large', async () => Buffer.alloc(20_000_000))
  app.get('/hijacked', async (_, reply) => {
    reply.hijack()
    reply.raw.end('raw')
  })
  app.get('/destroyed-request', async (request) => {
    request.raw.destroy()
    return 'never sent'
  })
  app.get('/destroyed-socket', async (request, reply) => {
    request.raw.socket.destroy()
    return reply.code(204).send()
  })
  app.get('/destroyed-reply', (_, reply) => {
    reply.raw.destroy()
    void reply.send('never sent')
  })
  app.get('/destroyed-later', (_, reply) => {
    reply.hijack()
    reply.raw.write('sent')
    setTimeout(() => reply.raw.destroy(), 20)
  })
  app.get('/held', { config: { longLived: true } as object }, async () => 'at last')
  app.get(
    '/held-open',
    { config: { longLived: true } as object },
    () => new Promise(() => undefined),
  )
  const outcomes = { 103: {}, 200: {}, 400: {}, 500: {}, 503: {} }
  app.get('/api/things', { schema: { response: outcomes } }, async () => 'ok')
  app.get('/never', () => new Promise(() => undefined))
  app.route({ method: ['GET', 'PUT', 'PATCH'], url: '/many', handler: async () => 'ok' })
  monitoring.http.registerEndpoint(app)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const address = app.server.address()
  return {
    app,
    port: typeof address === 'object' && address !== null ? address.port : 0,
    arrived: (path) => new Promise((resolve) => waiting.set(path, resolve)),
  }
}

const head = (first: string, ...headers: string[]): string =>
  [first, 'host: x', ...headers, '', ''].join('\r\n')
const get = (path: string, ...headers: string[]): string => head(`GET ${path} HTTP/1.1`, ...headers)
const closing = 'connection: close'

describe('counting HTTP requests', () => {
  let server: Awaited<ReturnType<typeof createApp>>
  beforeEach(async () => {
    server = await createApp()
  })
  afterEach(async () => {
    server.app.server.closeAllConnections()
    await server.app.close()
  })

  function open(bytes: string): { socket: Socket; answer: Promise<string> } {
    let text = ''
    const socket = connect(server.port, '127.0.0.1', () => socket.write(bytes))
    const answer = new Promise<string>((resolve) => {
      socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      socket.on('error', () => undefined).on('close', () => resolve(text))
    })
    return { socket, answer }
  }

  /** Samples without the scrape's own, once nothing but the scrape is in flight. */
  async function settled({ apiToo = false } = {}): Promise<string[]> {
    for (;;) {
      const response = await fetch(`http://127.0.0.1:${server.port}/metrics`)
      const samples = (await response.text()).split('\n')
      if (samples.includes('compozy_http_requests_in_flight 1')) {
        return samples.filter(
          (line) =>
            /^compozy_http_request(s_total|_duration_seconds_count)\{/.test(line) &&
            !line.includes('path="/metrics"') &&
            (apiToo || !line.includes('path="/api/')),
        )
      }
      await new Promise(setImmediate)
    }
  }

  const total = (method: string, path: string, status: number, count = 1): string =>
    `compozy_http_requests_total{method="${method}",path="${path}",status_code="${status}"} ${count}`
  const duration = (method: string, path: string, count = 1): string =>
    `compozy_http_request_duration_seconds_count{method="${method}",path="${path}"} ${count}`

  it.each([
    ['an answer, under its template', get('/ok/17', closing), 'GET', '/ok/:id', 200],
    ['HEAD, as a method of its own', head('HEAD /ok/17 HTTP/1.1', closing), 'HEAD', '/ok/:id', 200],
    ['a path that no route has', get('/nothing/17', closing), 'GET', 'unmatched', 404],
    [
      'a method that the path does not take',
      head('DELETE /ok/1 HTTP/1.1', closing),
      'DELETE',
      'unmatched',
      404,
    ],
    ['OPTIONS without CORS', head('OPTIONS /ok/1 HTTP/1.1', closing), 'OPTIONS', 'unmatched', 404],
    ['a method outside HTTP', head('PROPFIND /ok/1 HTTP/1.1', closing), 'OTHER', 'unmatched', 404],
    ['a URL that cannot be decoded', get('/%zz', closing), 'GET', 'unmatched', 400],
    ['a handler that throws', get('/throws', closing), 'GET', '/throws', 500],
    [
      'a hook that refuses before the handler',
      get('/guarded/17', closing),
      'GET',
      '/guarded/:id',
      401,
    ],
    [
      'a body that is not JSON',
      `${head('POST /body HTTP/1.1', closing, 'content-type: application/json', 'content-length: 1')}{`,
      'POST',
      '/body',
      400,
    ],
    [
      'a body that is too large',
      head('POST /body HTTP/1.1', closing, 'content-type: application/json', 'content-length: 101'),
      'POST',
      '/body',
      413,
    ],
    ['a stream', get('/stream', closing), 'GET', '/stream', 200],
    [
      'a stream that breaks on our side after its head',
      get('/broken-stream', closing),
      'GET',
      '/broken-stream',
      200,
    ],
    ['a hijacked reply', get('/hijacked', closing), 'GET', '/hijacked', 200],
    ['a request destroyed by us', get('/destroyed-request'), 'GET', '/destroyed-request', 500],
    ['a socket destroyed by us', get('/destroyed-socket'), 'GET', '/destroyed-socket', 500],
    ['a reply destroyed by us', get('/destroyed-reply'), 'GET', '/destroyed-reply', 500],
    [
      'a reply destroyed by us after its head',
      get('/destroyed-later'),
      'GET',
      '/destroyed-later',
      200,
    ],
    [
      'a body whose bytes are no HTTP, which Node refuses on the connection',
      `${head('POST /body HTTP/1.1', 'content-type: application/json', 'transfer-encoding: chunked')}zz\r\n`,
      'POST',
      '/body',
      400,
    ],
    [
      'a parameter that is too long',
      get(`/ok/${'x'.repeat(101)}`, closing),
      'GET',
      'unmatched',
      400,
    ],
    [
      'HEAD of a route for several methods',
      head('HEAD /many HTTP/1.1', closing),
      'HEAD',
      '/many',
      200,
    ],
    [
      'a route for several methods',
      head('PATCH /many HTTP/1.1', closing, 'content-length: 0'),
      'PATCH',
      '/many',
      200,
    ],
  ])('Should count %s once', async (_, bytes, method, path, status) => {
    await open(bytes).answer
    expect(await settled()).toEqual([total(method, path, status), duration(method, path)])
  })

  it.each([
    ['before the reply', '/never', get('/never'), 'GET'],
    [
      'during its upload',
      '/body',
      `${head('POST /body HTTP/1.1', 'content-type: application/json', 'content-length: 50')}{"a"`,
      'POST',
    ],
  ])('Should count a client that leaves %s once, as 499', async (_, path, bytes, method) => {
    const here = server.arrived(path)
    const { socket, answer } = open(bytes)
    await here
    socket.destroy()
    await answer
    expect(await settled()).toEqual([total(method, path, 499), duration(method, path)])
  })

  it('Should count a client that leaves during the body once, as 499', async () => {
    const { socket, answer } = open(get('/endless-stream'))
    await new Promise((resolve) => socket.once('data', resolve))
    socket.destroy()
    await answer
    expect(await settled()).toEqual([
      total('GET', '/endless-stream', 499),
      duration('GET', '/endless-stream'),
    ])
  })

  it('Should count a client that leaves within a body that is sent whole once, as 499', async () => {
    const { socket, answer } = open(get('/large'))
    await once(socket, 'data')
    socket.destroy()
    await answer
    expect(await settled()).toEqual([total('GET', '/large', 499), duration('GET', '/large')])
  })

  it('Should count a reply to a client that only ends its own side as 200', async () => {
    const { socket, answer } = open(get('/large', closing))
    await once(socket, 'data')
    socket.end()
    expect((await answer).length).toBeGreaterThan(20_000_000)
    expect(await settled()).toEqual([total('GET', '/large', 200), duration('GET', '/large')])
  })

  it('Should count a large body that its client reads whole as 200', async () => {
    const { answer } = open(get('/large', closing))
    expect((await answer).length).toBeGreaterThan(20_000_000)
    expect(await settled()).toEqual([total('GET', '/large', 200), duration('GET', '/large')])
  })

  it('Should count pipelined requests once each when the client leaves while the first is answered', async () => {
    const here = server.arrived('/ok/2')
    const { socket, answer } = open(get('/never') + get('/ok/1') + get('/ok/2'))
    await here
    socket.destroy()
    await answer
    const counted = await settled()
    const sum = counted
      .filter((line) => line.startsWith('compozy_http_requests_total'))
      .reduce((all, line) => all + Number(line.split(' ')[1]), 0)
    expect(sum).toBe(3)
    expect(counted).toContain(total('GET', '/never', 499))
  })

  it('Should count every request of a connection that is kept alive', async () => {
    const { answer } = open(get('/ok/1') + get('/ok/2') + get('/ok/3', closing))
    expect((await answer).match(/HTTP\/1\.1 200 OK/g)).toHaveLength(3)
    expect(await settled()).toEqual([
      total('GET', '/ok/:id', 200, 3),
      duration('GET', '/ok/:id', 3),
    ])
  })

  it('Should count many pipelined requests without a listener on their connection for each', async () => {
    const warnings: Error[] = []
    const warned = (warning: Error) => void warnings.push(warning)
    process.on('warning', warned)
    const count = 30
    const { answer } = open(get('/ok/0').repeat(count) + get('/ok/1', closing))
    expect((await answer).match(/HTTP\/1\.1 200 OK/g)).toHaveLength(count + 1)
    expect(await settled()).toEqual([
      total('GET', '/ok/:id', 200, count + 1),
      duration('GET', '/ok/:id', count + 1),
    ])
    process.off('warning', warned)
    expect(warnings).toEqual([])
  })

  it('Should not count what the parser refuses: it never was a request', async () => {
    expect(await open('FOO / HTTP/1.1\r\nhost: x\r\n\r\n').answer).toMatch(/^HTTP\/1.1 400/)
    expect(await settled()).toEqual([])
  })

  it.each([
    ['invalid_method', 'FOO / HTTP/1.1\r\nhost: x\r\n\r\n', 400],
    ['bad_request', 'GET / HTTP/9.9\r\n\r\n', 400],
    ['header_too_large', `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, 431],
  ])('Should count what the parser refuses where it belongs: %s', async (reason, bytes, status) => {
    expect(await open(bytes).answer).toContain(` ${status} `)
    const text = await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text()
    const errors = text
      .split('\n')
      .filter((line) => line.startsWith('compozy_http_client_errors_total{'))
    expect(errors.filter((line) => !line.endsWith(' 0'))).toEqual([
      `compozy_http_client_errors_total{reason="${reason}"} 1`,
    ])
  })

  it('Should not count an upload that breaks off beside its request', async () => {
    const { answer } = open(
      'POST /body HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
    )
    expect(await answer).toContain(' 400 ')
    expect(await settled()).toContain(total('POST', '/body', 400))
    const text = await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text()
    expect(text).toContain('compozy_http_client_errors_total{reason="bad_request"} 0\n')
  })

  it('Should count what a handler does not find under the route of the handler', async () => {
    await (await fetch(`http://127.0.0.1:${server.port}/lost/1`)).text()
    expect(await settled()).toContain(total('GET', '/lost/:id', 404))
  })

  it('Should have the documented outcomes of an API route at 0 before its first request', async () => {
    const samples = await settled({ apiToo: true })
    expect(samples.filter((line) => line.includes('/api/'))).toEqual([
      total('GET', '/api/things', 200, 0),
      total('GET', '/api/things', 500, 0),
      total('GET', '/api/things', 503, 0),
    ])
  })

  it.each([
    ['an unknown Expect', get('/ok/1', 'expect: 200-maybe', closing), 'GET', 'unmatched', 417],
    ['CONNECT', 'CONNECT example.com:443 HTTP/1.1\r\nhost: x\r\n\r\n', 'CONNECT', 'unmatched', 405],
  ])('Should count what Node would answer alone: %s', async (_, bytes, method, path, status) => {
    expect(await open(bytes).answer).toContain(`HTTP/1.1 ${status} `)
    expect(await settled()).toContain(total(method, path, status))
  })

  it('Should leave a request without Host to Node, which refuses it', async () => {
    const bytes = 'GET /ok/1 HTTP/1.1\r\nconnection: close\r\n\r\n'
    expect(await open(bytes).answer).toContain('HTTP/1.1 400 ')
    expect((await settled()).filter((line) => line.includes('/ok/'))).toEqual([])
  })

  it('Should count an injected request by its answer', async () => {
    await server.app.inject('/ok/1')
    await server.app.inject('/nowhere')
    const samples = await settled()
    expect(samples.filter((line) => line.startsWith('compozy_http_requests_total{'))).toEqual([
      total('GET', '/ok/:id', 200),
      total('GET', 'unmatched', 404),
    ])
  })

  it('Should leave CONNECT to a server that handles it', async () => {
    server.app.server.on('connect', (_, socket) => socket.end('HTTP/1.1 501 Not here\r\n\r\n'))
    const connecting = 'CONNECT example.com:443 HTTP/1.1\r\nhost: x\r\n\r\n'
    expect(await open(connecting).answer).toBe('HTTP/1.1 501 Not here\r\n\r\n')
    expect((await settled()).filter((line) => line.includes('CONNECT'))).toEqual([])
  })

  it('Should leave an unknown Expect to a server that handles it', async () => {
    server.app.server.on('checkExpectation', (_, response) => {
      response.writeHead(501, { connection: 'close' }).end()
    })
    expect(await open(get('/ok/1', 'expect: 200-maybe')).answer).toContain('HTTP/1.1 501 ')
    expect((await settled()).filter((line) => line.includes('"417"'))).toEqual([])
  })

  it('Should measure a request in seconds, over the turn of a second too', async () => {
    const times: [number, number][] = [
      [7, 900_000_000],
      [10, 150_000_000],
    ]
    const clock = vi.spyOn(process, 'hrtime').mockImplementation(() => times.shift() ?? [11, 0])
    await server.app.inject('/ok/1')
    clock.mockRestore()
    const text = await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text()
    expect(text).toContain(
      'compozy_http_request_duration_seconds_sum{method="GET",path="/ok/:id"} 2.25\n',
    )
  })

  it('Should tell the age of the oldest request that is not long-lived', async () => {
    const oldest = async () => {
      const response = await fetch(`http://127.0.0.1:${server.port}/metrics`)
      const text = await response.text()
      return {
        age: Number(/^compozy_http_oldest_request_age_seconds (\S+)$/m.exec(text)![1]),
        longLived: Number(/^compozy_http_long_lived_requests_in_flight (\S+)$/m.exec(text)![1]),
      }
    }
    const held = open(get('/held-open'))
    while ((await oldest()).longLived === 0) await new Promise(setImmediate)
    const hanging = open(get('/never'))
    while ((await oldest()).age < 1) await new Promise(setImmediate)
    hanging.socket.destroy()
    await hanging.answer
    while ((await oldest()).age > 0) await new Promise(setImmediate)
    expect((await oldest()).longLived).toBe(1)
    held.socket.destroy()
    await held.answer
    while ((await oldest()).longLived > 0) await new Promise(setImmediate)
  })

  it('Should keep a route that holds its connection out of the latencies, and count it', async () => {
    await (await fetch(`http://127.0.0.1:${server.port}/held`)).text()
    expect(await settled()).toEqual([total('GET', '/held', 200)])
  })

  it('Should count the scrape like any route, itself in flight', async () => {
    const url = `http://127.0.0.1:${server.port}/metrics`
    await (await fetch(url)).text()
    const second = await (await fetch(url)).text()
    expect(second).toContain(total('GET', '/metrics', 200))
    expect(second).toContain('compozy_http_requests_in_flight 1\n')
  })
})
