import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createTestServer } from '../testing/server.ts'

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`

const last = 'GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n'

/** Sends requests and a last one on one connection, and returns all answers but the last. */
async function exchange(url: string, requests: string): Promise<readonly string[]> {
  const { port } = new URL(url)
  const socket = connect(Number(port), '127.0.0.1', () => socket.write(requests + last))
  return (await text(socket)).split('HTTP/1.1 ').slice(1, -1)
}

describe('pipelined requests', () => {
  it('Should all be answered, in their order', async () => {
    const server = await createTestServer()
    const url = await server.listen()
    const paths = Array.from({ length: 1_000 }, (_, i) => (i % 3 === 0 ? '/healthz' : `/no-${i}`))
    const replies = await exchange(url, paths.map(get).join(''))
    expect(replies.map((reply) => reply.slice(0, 3))).toEqual(
      paths.map((path) => (path === '/healthz' ? '200' : '404')),
    )
    expect(replies[1]).toContain('no route GET /no-1;')
    expect(replies.at(-2)).toContain('no route GET /no-998;')
  })

  it('Should let other work in between, and hold back what is not read yet', async () => {
    const server = await createTestServer()
    const handled: number[] = []
    let inTurn = 0
    server.app.get('/count', async () => {
      inTurn++
      return {}
    })
    const url = await server.listen()
    const ended = new AbortController()
    const watch = (async () => {
      while (!ended.signal.aborted) {
        await nextTurn()
        handled.push(inTurn)
        inTurn = 0
      }
    })()
    await exchange(url, get('/count').repeat(3_000))
    ended.abort()
    await watch
    expect(handled.reduce((sum, n) => sum + n, 0)).toBe(3_000)
    // The first request of a connection does not wait.
    expect(Math.max(...handled)).toBeLessThanOrEqual(2 * 32 + 2)
  })

  it('Should keep the body of a request that waits', async () => {
    const server = await createTestServer()
    const url = await server.listen()
    const body = JSON.stringify({ name: 'nobody.listens', payload: 'x'.repeat(1_000) })
    const post = `POST /api/v0/events HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
    const replies = await exchange(url, (get('/healthz') + post).repeat(100))
    expect(replies.filter((reply) => reply.includes('no workflow listens to event'))).toHaveLength(
      100,
    )
  })

  it('Should forget a connection that closes while its requests wait', async () => {
    const server = await createTestServer()
    const url = await server.listen()
    const { port } = new URL(url)
    for (let i = 0; i < 5; i++) {
      const socket = connect(Number(port), '127.0.0.1', () => {
        socket.write(get('/healthz').repeat(500), () => socket.destroy())
      })
      await new Promise((resolve) => socket.once('close', resolve))
    }
    expect(await exchange(url, get('/healthz').repeat(3))).toHaveLength(3)
  })
})
