import type { Server } from 'node:http'
import Fastify from 'fastify'
import { describe, expect, it, onTestFinished } from 'vitest'
import { loopbacks, resolveLocalhostTwice } from '../../test/support/two-loopbacks.ts'
import { onEachServer } from './bound-servers.ts'

const addressOf = (server: Server): unknown => {
  const address = server.address()
  return typeof address === 'object' ? address?.address : address
}

describe('the servers of a Fastify app', () => {
  it.each([
    ['one for each address of localhost', 'localhost', loopbacks],
    ['one on a single address', '127.0.0.2', ['127.0.0.2']],
  ])('Should be %s, the first at once', async (_, host, addresses) => {
    onTestFinished(resolveLocalhostTwice().restore)
    const app = Fastify()
    onTestFinished(() => app.close())
    const servers: Server[] = []
    onEachServer(app, (server) => void servers.push(server))
    expect(servers).toHaveLength(1)
    expect(servers[0]).toBe(app.server)
    await app.listen({ host, port: 0 })
    expect(servers.map(addressOf)).toEqual(addresses)
  })

  it('Should be the first alone where Fastify keeps the others elsewhere', () => {
    const listeners: (() => void)[] = []
    const server = {}
    const app = { server, addHook: (_: 'onListen', hook: () => void) => listeners.push(hook) }
    const servers: object[] = []
    onEachServer(app, (each) => void servers.push(each))
    for (const listener of listeners) listener()
    expect(servers).toEqual([server])
  })
})
