import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import { loopbacks, resolveLocalhostTwice } from '../../../../test/support/two-loopbacks.ts'
import { problem, serve } from '../testing/client.ts'
import { createTestServer } from '../testing/server.ts'
import { createStreamLimit } from './stream-limit.ts'

describe('streams of events', () => {
  it('Should be limited for one run and in all, and give their places back', () => {
    const streams = createStreamLimit(150)
    const leaves = Array.from({ length: 100 }, () => streams.enter('a'))
    expect(() => streams.enter('a')).toThrow('at most 100 of one run')
    for (let i = 0; i < 50; i++) streams.enter('b')
    expect(() => streams.enter('c')).toThrow('at most 150 (server.max_streams)')
    leaves[0]!()
    streams.enter('c')
    expect(() => streams.enter('a')).toThrow('at most 150')
    leaves[1]!()
    streams.enter('a')
  })

  it('Should be 429 beyond the limit, and free again when a stream ends', async () => {
    const server = await createTestServer({ config: { maxStreams: 1 } })
    const { exec_id } = await server.executions.start({
      workflowId: 'courier',
      input: {},
      trigger: { type: 'api' },
    })
    const url = `${await server.listen()}/api/v0/executions/workflows/${exec_id}/events`
    const both = [fetch(url), fetch(url)]
    const refused = await Promise.race(both)
    expect([refused.status, await refused.json()]).toEqual([
      429,
      expect.objectContaining({ code: 'limit_reached' }),
    ])
    server.executions.end(exec_id, { status: 'completed' })
    const ended = await Promise.all(both)
    expect(ended.map(({ status }) => status)).toEqual(expect.arrayContaining([200, 429]))
    await Promise.all(ended.filter(({ bodyUsed }) => !bodyUsed).map((reply) => reply.text()))
    expect((await fetch(url)).status).toBe(200)
  })
})

describe('a connection', () => {
  it('Should be answered 408 when its request does not arrive in time', async () => {
    const server = await createTestServer({ config: { requestTimeout: 100 } })
    const { port } = new URL(await server.listen())
    for (const bytes of [
      'GET /healthz HT',
      'POST /api/v0/events HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{',
    ]) {
      const socket = connect(Number(port), '127.0.0.1', () => socket.write(bytes))
      expect(await text(socket)).toMatch(
        /^HTTP\/1\.1 408 [\s\S]*the request took too long to arrive/,
      )
    }
  })

  it('Should be closed at once beyond the limit', async () => {
    const server = await createTestServer({ config: { maxConnections: 1 } })
    const { port } = new URL(await server.listen())
    const first = connect(Number(port), '127.0.0.1')
    await once(server.app.server, 'connection')
    const second = connect(Number(port), '127.0.0.1')
    await once(second, 'close')
    expect(first.destroyed).toBe(false)
    first.destroy()
  })

  it('Should be closed beyond the limit on each address of localhost', async () => {
    onTestFinished(resolveLocalhostTwice().restore)
    const server = await createTestServer({ config: { host: 'localhost', maxConnections: 1 } })
    const { port } = new URL(await server.listen())
    for (const address of loopbacks) {
      const first = connect(Number(port), address)
      first.write('GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n')
      await once(first, 'data')
      const second = connect(Number(port), address)
      await once(second, 'close')
      expect(first.destroyed).toBe(false)
    }
  })
})

describe('an empty id', () => {
  it.each([
    ['GET', '/workflows/'],
    ['GET', '/executions/workflows/'],
    ['POST', '/workflows//executions'],
    ['POST', '/executions/workflows//cancel'],
    ['POST', '/executions/workflows/a/signals/'],
    ['POST', '/schedules//trigger'],
  ] as const)('Should be refused: %s %s', async (method, path) => {
    const { call } = await serve()
    expect(await call(method, path)).toMatchObject(problem(400, 'input_invalid'))
  })
})
