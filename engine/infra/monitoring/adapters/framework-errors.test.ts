import { EventEmitter, once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { MonitoringService } from '../index.ts'
import { createTestMonitoring } from '../testing/service.ts'

/** A constraint that no request can be matched by. */
const broken = {
  name: 'broken',
  storage: () => ({ get: () => null, set: () => undefined }),
  validate: () => undefined,
  deriveConstraint: (_: unknown, __: unknown, done: (error: Error) => void) =>
    done(new Error('broken')),
}

/** A server with a route whose parameter may have 100 characters, and its port. */
async function listen(app: FastifyInstance): Promise<number> {
  onTestFinished(() => app.close())
  app.get('/orders/:id', async () => 'ok')
  await app.listen({ port: 0, host: '127.0.0.1' })
  return (app.server.address() as AddressInfo).port
}

async function counted(monitoring: MonitoringService): Promise<string[]> {
  const { body } = await monitoring.scrape({ accept: undefined, acceptEncoding: undefined })
  const samples = body.toString().split('\n')
  return samples.filter((line) => line.startsWith('compozy_http_requests_total{'))
}

const total = (path: string, status: number): string =>
  `compozy_http_requests_total{method="GET",path="${path}",status_code="${status}"} 1`

/** Sends a request and returns the whole answer, which ends with its connection. */
function send(port: number, path: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.end(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`)
  return text(socket)
}

/** The answer without the date, which no two answers need to share. */
const dateless = (answer: string): string => answer.replace(/\r\ndate: [^\r]*/i, '').toLowerCase()

describe('a request that Fastify refuses itself', () => {
  it.each([
    ['a URL that cannot be decoded', '/%zz', 400],
    ['a parameter that is too long', `/orders/${'x'.repeat(200)}`, 414],
  ])('Should be counted, and be answered as without monitoring: %s', async (_, path, status) => {
    const monitoring = await createTestMonitoring()
    const app = Fastify({ ...monitoring.http.requestCounting })
    monitoring.http.countRoutes(app)
    const answer = await send(await listen(app), path)
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(dateless(answer)).toBe(dateless(await send(await listen(Fastify()), path)))
    expect(await counted(monitoring)).toEqual([total('unmatched', status)])
  })

  it('Should be counted where an asynchronous constraint fails', async () => {
    const monitoring = await createTestMonitoring()
    const routerOptions = { constraints: { broken } } as object
    const app = Fastify({ ...monitoring.http.requestCounting, routerOptions })
    monitoring.http.countRoutes(app)
    const plain = Fastify({ routerOptions })
    for (const server of [app, plain])
      server.get('/bound', { constraints: { broken: 'x' } }, async () => 'never')
    const answer = await send(await listen(app), '/bound')
    expect(answer).toMatch(/^HTTP\/1\.1 500 /)
    expect(dateless(answer)).toBe(dateless(await send(await listen(plain), '/bound')))
    expect(await counted(monitoring)).toEqual([total('unmatched', 500)])
  })

  it('Should be counted by the answer of an owner who answers it', async () => {
    const monitoring = await createTestMonitoring()
    const app = Fastify({
      ...monitoring.http.requestCounting,
      frameworkErrors: (_, __, reply: FastifyReply) => void reply.code(404).send('mine'),
    })
    monitoring.http.countRoutes(app)
    expect(await send(await listen(app), '/%zz')).toMatch(/\r\n\r\nmine$/)
    expect(await counted(monitoring)).toEqual([total('unmatched', 404)])
  })
})

describe('a server that closes', () => {
  it('Should serve and count a request that arrives on an open connection', async () => {
    const monitoring = await createTestMonitoring()
    const app = Fastify({ ...monitoring.http.requestCounting })
    monitoring.http.countRoutes(app)
    const steps = new EventEmitter()
    app.addHook('preClose', async () => void steps.emit('closing'))
    app.get('/slow', async () => {
      steps.emit('arrived')
      await once(steps, 'release')
      return 'slow'
    })
    const port = await listen(app)
    const socket = connect(port, '127.0.0.1')
    const answers = text(socket)
    const arrived = once(steps, 'arrived')
    socket.write('GET /slow HTTP/1.1\r\nhost: x\r\n\r\n')
    await arrived
    const closing = once(steps, 'closing')
    const closed = app.close()
    await closing
    const second = once(app.server, 'request')
    socket.write('GET /orders/1 HTTP/1.1\r\nhost: x\r\n\r\n')
    await second
    steps.emit('release')
    expect((await answers).match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2)
    await closed
    expect((await counted(monitoring)).toSorted()).toEqual([
      total('/orders/:id', 200),
      total('/slow', 200),
    ])
  })
})
