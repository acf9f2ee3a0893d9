import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { createTestServer } from '../testing/server.ts'
import { createHostCheck } from './host.ts'

const check = (host: string, allowedHosts: string[] = []) => createHostCheck({ host, allowedHosts })

describe('the Host header', () => {
  it.each([
    'localhost',
    'LOCALHOST:8080',
    'localhost.:8080',
    'app.localhost',
    '127.0.0.1:8080',
    '[::1]:8080',
    '10.1.2.3',
    '[fd00::1]',
    'api.internal:80',
    'extra.example',
  ])('Should be accepted as %s', (header) => {
    expect(check('api.internal', ['extra.example'])(header)).toBe(true)
  })

  it.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example:8080',
    'evil.example:80:80',
    'evil.example@localhost',
    'api.internal.evil.example',
    '',
    ' ',
  ])('Should be refused as %j', (header) => {
    expect(check('api.internal', ['extra.example'])(header)).toBe(false)
    expect(check('127.0.0.1')(header)).toBe(false)
  })

  it('Should be any name where a server on every interface has no list, or the list is *', () => {
    expect(check('0.0.0.0')('compozy.internal')).toBe(true)
    expect(check('127.0.0.1', ['*'])('compozy.internal')).toBe(true)
    expect(check('0.0.0.0', ['compozy.internal'])('evil.example')).toBe(false)
  })

  it.each(['/api/v0/workflows', '/metrics', '/docs', '/healthz', '/nowhere'])(
    'Should be checked at %s, and answered with a problem',
    async (url) => {
      const { app } = await createTestServer()
      const headers = { host: 'evil.example' }
      const reply = await app.inject({ url, headers })
      expect(reply.json()).toMatchObject({
        status: 403,
        code: 'forbidden',
        detail: 'the Host "evil.example" is not one of this server; add it to server.allowed_hosts',
      })
      expect((await app.inject(url)).statusCode).not.toBe(403)
    },
  )

  it('Should be there, and match the host of an absolute URL', async () => {
    const server = await createTestServer()
    const { port } = new URL(await server.listen())
    const statusOf = async (head: string): Promise<string | undefined> => {
      const socket = connect(Number(port), '127.0.0.1')
      socket.end(`${head}connection: close\r\n\r\n`)
      return /^HTTP\/1\.1 (\d+)/.exec(await text(socket))?.[1]
    }
    expect(await statusOf('GET /healthz HTTP/1.1\r\n')).toBe('400')
    expect(await statusOf('GET /healthz HTTP/1.1\r\nhost: localhost\r\n')).toBe('200')
    const absolute = (host: string) =>
      statusOf(`GET http://${host}/healthz HTTP/1.1\r\nhost: localhost\r\n`)
    expect(await absolute('evil.example')).toBe('403')
    expect(await absolute('localhost')).not.toBe('403')
  })

  it('Should be taken from server.allowed_hosts', async () => {
    const { app } = await createTestServer({ config: { allowedHosts: 'a.example, b.example' } })
    for (const host of ['a.example', 'b.example:8080'])
      expect((await app.inject({ url: '/healthz', headers: { host } })).statusCode).toBe(200)
  })
})
