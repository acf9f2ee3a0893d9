import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import Fastify, { type FastifyInstance } from 'fastify'
import { describe, expect, it, onTestFinished } from 'vitest'
import { onEachServer, onFurtherServers } from '../../../core/bound-servers.ts'
import { loopbacks, resolveLocalhostTwice } from '../../../../test/support/two-loopbacks.ts'
import type { MonitoringService } from '../index.ts'
import { createTestMonitoring } from '../testing/service.ts'

/** A server on both addresses of localhost, counted in one of two ways. */
async function listen(isFast: boolean, maxConnections?: number) {
  onTestFinished(resolveLocalhostTwice().restore)
  const monitoring = await createTestMonitoring()
  const { http } = monitoring
  const app = Fastify({ ...(isFast ? http.requestCounting : undefined) })
  onTestFinished(() => app.close())
  if (isFast) http.countRoutes(app)
  else http.countServer(app)
  app.get('/orders/:id', async () => 'ok')
  app.get('/large', async () => Buffer.alloc(20_000_000))
  if (maxConnections !== undefined)
    onEachServer(app, (server) => {
      server.maxConnections = maxConnections
    })
  await app.listen({ port: 0 })
  expect(app.addresses()).toHaveLength(2)
  return { app, monitoring, port: (app.server.address() as AddressInfo).port }
}

/** The samples of requests and client errors that are not 0, once no request is in flight. */
async function counted(monitoring: MonitoringService): Promise<string[]> {
  const scrape = async (): Promise<readonly string[]> => {
    const { body } = await monitoring.scrape({ accept: undefined, acceptEncoding: undefined })
    return body.toString().split('\n')
  }
  while (!(await scrape()).includes('compozy_http_requests_in_flight 0'))
    await new Promise(setImmediate)
  // A scrape is collected in turns: a request may end between the two families of one.
  const lines = await scrape()
  return lines.filter((line) => /^compozy_http_(requests|client_errors)_total.* [^0]/.test(line))
}

const get = (path: string, ...headers: string[]): string =>
  [`GET ${path} HTTP/1.1`, 'host: x', 'connection: close', ...headers, '', ''].join('\r\n')

const total = (method: string, path: string, status: number): string =>
  `compozy_http_requests_total{method="${method}",path="${path}",status_code="${status}"}`

/** The answer without the date, which two answers need not share. */
const dateless = (answer: string): string => answer.replace(/\r\ndate: [^\r]*/i, '')

/** Reads the beginning of a body that is sent whole, and disconnects. */
async function leaveWithinBody(port: number, address: string): Promise<void> {
  const socket = connect(port, address)
  socket.write(get('/large'))
  await once(socket, 'data')
  socket.destroy()
}

describe.each([
  ['with the options of the fast way', true],
  ['as a server of another owner', false],
])('a server on both addresses of localhost, %s', (_, isFast) => {
  it.each([
    ['a request', get('/orders/1'), total('GET', '/orders/:id', 200)],
    ['an invalid URL', get('/%zz'), total('GET', 'unmatched', 400)],
    ['an unknown Expect', get('/orders/1', 'expect: x'), total('GET', 'unmatched', 417)],
    [
      'CONNECT',
      'CONNECT a.example:443 HTTP/1.1\r\nhost: x\r\n\r\n',
      total('CONNECT', 'unmatched', 405),
    ],
    [
      'bytes that are no request',
      'FOO / HTTP/1.1\r\nhost: x\r\n\r\n',
      'compozy_http_client_errors_total{reason="invalid_method"}',
    ],
  ])('Should count and answer %s on each', async (_name, bytes, sample) => {
    const { monitoring, port } = await listen(isFast)
    const answers = await Promise.all(
      loopbacks.map((address) => {
        const socket = connect(port, address, () => void socket.write(bytes))
        return text(socket)
      }),
    )
    expect(dateless(answers[1]!)).toBe(dateless(answers[0]!))
    expect(await counted(monitoring)).toEqual([`${sample} 2`])
  })

  it('Should count a client that leaves within the body as 499 on each', async () => {
    const { monitoring, port } = await listen(isFast)
    for (const address of loopbacks) await leaveWithinBody(port, address)
    expect(await counted(monitoring)).toEqual([`${total('GET', '/large', 499)} 2`])
  })
})

describe.each([
  ['with the options of the fast way', true],
  ['as a server of another owner', false],
])('a server of one connection on each address, %s', (_, isFast) => {
  const kept = async (port: number, address: string): Promise<Socket> => {
    const socket = connect(port, address)
    onTestFinished(() => void socket.destroy())
    socket.write('GET /orders/1 HTTP/1.1\r\nhost: x\r\n\r\n')
    await once(socket, 'data')
    return socket
  }

  it('Should count each one beyond its most, and none of the others', async () => {
    const { monitoring, port } = await listen(isFast, 1)
    const first = await Promise.all(loopbacks.map((address) => kept(port, address)))
    for (const address of loopbacks) await once(connect(port, address), 'close')
    expect(await counted(monitoring)).toEqual([
      `${total('GET', '/orders/:id', 200)} 2`,
      'compozy_http_client_errors_total{reason="too_many_connections"} 2',
    ])
    for (const socket of first) expect(socket.destroyed).toBe(false)
  })
})

describe('a server whose owner handles the client errors of each address', () => {
  const bytes = 'FOO / HTTP/1.1\r\nhost: x\r\n\r\n'
  const answer = (_: Error, socket: Socket) => void socket.end('HTTP/1.1 400 Own\r\n\r\n')

  it.each<[string, (app: FastifyInstance, further: Server) => void]>([
    [
      'hands them on',
      (app, further) =>
        further.on('clientError', (...details) => app.server.emit('clientError', ...details)),
    ],
    ['answers each', (_, further) => further.on('clientError', answer)],
  ])('Should count each once and answer none again, where the owner %s', async (_, handle) => {
    for (const isFirst of [true, false]) {
      onTestFinished(resolveLocalhostTwice().restore)
      const monitoring = await createTestMonitoring()
      const app = Fastify({ clientErrorHandler: answer })
      onTestFinished(() => app.close())
      if (isFirst) onFurtherServers(app, (further) => handle(app, further))
      monitoring.http.countServer(app)
      if (!isFirst) onFurtherServers(app, (further) => handle(app, further))
      await app.listen({ port: 0 })
      const { port } = app.server.address() as AddressInfo
      for (const address of loopbacks) {
        const socket = connect(port, address, () => void socket.write(bytes))
        expect(await text(socket)).toBe('HTTP/1.1 400 Own\r\n\r\n')
      }
      expect(await counted(monitoring)).toEqual([
        'compozy_http_client_errors_total{reason="invalid_method"} 2',
      ])
    }
  })
})

describe('a server that its owner adds by app.routing', () => {
  it('Should count a client that leaves within the body as 499', async () => {
    const { app, monitoring } = await listen(false)
    const own = createServer(app.routing)
    onTestFinished(() => void own.close())
    own.listen(0, '127.0.0.1')
    await once(own, 'listening')
    await leaveWithinBody((own.address() as AddressInfo).port, '127.0.0.1')
    expect(await counted(monitoring)).toEqual([`${total('GET', '/large', 499)} 1`])
  })
})
