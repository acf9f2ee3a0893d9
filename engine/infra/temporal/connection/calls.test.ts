import { createServer, type AddressInfo, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createCall } from './calls.ts'
import { isHealthy, openClient } from './connection.ts'

const plain = { apiKey: null, tls: false, tlsCert: null, tlsKey: null, tlsCa: null }

function clientOf(address: string) {
  const client = openClient({ ...plain, address }, 'default')
  onTestFinished(() => client.connection.close())
  return client
}

/** Takes connections and never says a word. */
async function silentServer(): Promise<string> {
  const sockets: Socket[] = []
  const server = createServer((socket) => void sockets.push(socket)).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A port that nobody listens on: it was given back. */
async function deadAddress(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return `127.0.0.1:${port}`
}

describe('createCall', () => {
  it.each([
    ['nobody listens', deadAddress],
    ['nobody answers', silentServer],
  ])('Should say that the server cannot be reached where %s', async (_, address) => {
    const client = clientOf(await address())
    const call = createCall(client)(
      'execution "a"',
      undefined,
      () => client.workflow.getHandle('a').describe(),
      200,
    )
    await expect(call).rejects.toMatchObject({
      code: 'temporal_unavailable',
      message: 'the Temporal server cannot be reached (execution "a")',
      cause: expect.any(Error),
    })
  })

  it('Should end at once when the caller gives up, however long the server would be waited for', async () => {
    const client = clientOf(await deadAddress())
    const control = new AbortController()
    const call = createCall(client)(
      'execution "a"',
      { signal: control.signal },
      () => client.workflow.getHandle('a').describe(),
      3_600_000,
    )
    control.abort(new Error('the client went away'))
    await expect(call).rejects.toMatchObject({
      code: 'temporal_timeout',
      cause: { message: 'the client went away' },
    })
  })

  it('Should not even begin a call that was canceled before', async () => {
    let begun = false
    const make = async () => void (begun = true)
    const call = createCall(clientOf('127.0.0.1:1'))('it', { signal: AbortSignal.abort() }, make)
    await expect(call).rejects.toMatchObject({ code: 'temporal_timeout' })
    expect(begun).toBe(false)
  })

  it('Should give what the call gives, and stay silent about a later abort', async () => {
    const control = new AbortController()
    const call = createCall(clientOf('127.0.0.1:1'))(
      'it',
      { signal: control.signal },
      async () => 42,
    )
    expect(await call).toBe(42)
    control.abort()
  })
})

describe('isHealthy', () => {
  it.each([
    ['nobody listens', deadAddress],
    ['nobody answers', silentServer],
  ])('Should be false where %s, and not throw', async (_, address) => {
    expect(await isHealthy(clientOf(await address()), 100)).toBe(false)
  })
})
