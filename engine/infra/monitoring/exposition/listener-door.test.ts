import type { Server } from 'node:http'
import Fastify from 'fastify'
import { describe, expect, it, onTestFinished } from 'vitest'
import { resolveLocalhostTwice } from '../../../../test/support/two-loopbacks.ts'
import { onEachServer } from '../../../core/bound-servers.ts'
import { addListenerDoor, listenerOptions } from './listener-door.ts'

describe('the listener of the metrics', () => {
  it('Should bound its connections on each address of localhost', async () => {
    onTestFinished(resolveLocalhostTwice().restore)
    const app = Fastify(listenerOptions)
    onTestFinished(() => app.close())
    addListenerDoor(app, '/metrics')
    const servers: Server[] = []
    onEachServer(app, (server) => void servers.push(server))
    await app.listen({ port: 0 })
    expect(servers.map(({ maxConnections }) => maxConnections)).toEqual([1_000, 1_000])
  })
})
