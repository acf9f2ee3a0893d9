import { once } from 'node:events'
import { request } from 'node:http'
import { connect, createServer, type AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { loopbacks, resolveLocalhostTwice } from '../../../test/support/two-loopbacks.ts'
import { silentLogger } from '../../core/logger.ts'
import type { Execution } from '../../executions.ts'
import { createTestServer, type TestServerOptions } from './testing/server.ts'

/** Creates a promise that the test resolves by hand. */
function gate<T>(): { readonly opened: Promise<T>; open(value: T): void } {
  let open: (value: T) => void = () => undefined
  const opened = new Promise<T>((resolve) => {
    open = resolve
  })
  return { opened, open: (value) => open(value) }
}

/** Waits until a request is aborted. */
async function aborted(signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted === false) await once(signal, 'abort')
  expect(signal?.aborted).toBe(true)
}

/** Starts a server with one execution whose description waits for the test. */
async function listenHanging(options: TestServerOptions = {}) {
  const server = await createTestServer(options)
  const { executions } = server
  const { exec_id } = await executions.start({
    workflowId: 'courier',
    input: {},
    trigger: { type: 'api' },
  })
  const execution = await executions.describe(exec_id)
  const asked = gate<AbortSignal | undefined>()
  const answer = gate<Execution>()
  executions.describe = (_id, options) => {
    asked.open(options?.signal)
    return answer.opened
  }
  const url = `${await server.listen()}/api/v0/executions/workflows/${exec_id}`
  return { ...server, url, asked: asked.opened, answer: () => answer.open(execution), execution }
}

describe('listening', () => {
  it('Should return the URL of the server', async () => {
    const server = await createTestServer()
    const url = await server.listen()
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
  })

  it('Should name the port and the flag where the port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void other.close())
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const server = await createTestServer({ config: { port } })
    await expect(server.listen()).rejects.toMatchObject({
      code: 'port_in_use',
      message: `port ${port} on 127.0.0.1 is taken; choose another with --port (0 takes any free one)`,
    })
  })

  it('Should name a host that this machine does not have', async () => {
    const server = await createTestServer({ config: { host: '192.0.2.1' } })
    await expect(server.listen()).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('--host 192.0.2.1'),
    })
  })

  it.each([
    ['0.0.0.0', {}, 1],
    ['0.0.0.0', { token: 'secret' }, 0],
    ['0.0.0.0', null, 0],
    ['127.0.0.1', {}, 0],
  ])('Should warn of an API without a token on %s with %j: %i times', async (host, api, times) => {
    const warnings: string[] = []
    const logger = {
      ...silentLogger,
      warn: (_fields: object, message: string) => void warnings.push(message),
    }
    const server = await createTestServer({ config: { host }, api, logger })
    expect(await server.listen()).toMatch(/^http:\/\/127\.0\.0\.1:/)
    expect(warnings.filter((message) => message.includes('COMPOZY_API_TOKEN_FILE'))).toHaveLength(
      times,
    )
    expect(warnings).toHaveLength(times)
  })

  it('Should require the token when the request line holds a full URL', async () => {
    const server = await createTestServer({ api: { token: 'secret' } })
    const { port } = new URL(await server.listen())
    const sent = request({
      port,
      host: '127.0.0.1',
      path: `http://127.0.0.1:${port}/api/v0/workflows`,
    }).end()
    const [reply] = (await once(sent, 'response')) as [{ statusCode: number; resume(): void }]
    reply.resume()
    expect(reply.statusCode).toBe(401)
  })
})

describe('a request', () => {
  it('Should be aborted when its client disconnects', async () => {
    const { url, asked } = await listenHanging({ config: { drainTimeout: 10 } })
    const client = new AbortController()
    const sent = fetch(url, { signal: client.signal }).catch(
      (error: unknown) => (error as Error).name,
    )
    const signal = await asked
    client.abort()
    await aborted(signal)
    expect(await sent).toBe('AbortError')
  })

  it('Should not be aborted while its client waits, nor after the answer', async () => {
    const { url, asked, answer } = await listenHanging()
    const sent = fetch(url)
    const signal = await asked
    expect(signal?.aborted).toBe(false)
    answer()
    await (await sent).text()
    expect(signal?.aborted).toBe(false)
  })
})

describe('closing', () => {
  it('Should answer open requests, accept no new ones and then finish', async () => {
    const drainTimeout = 600_000
    const { url, asked, answer, close, app, execution } = await listenHanging({
      config: { drainTimeout },
    })
    const sent = fetch(url)
    await asked
    let closed = false
    const closing = close().then(() => (closed = true))
    await expect.poll(() => app.server.listening).toBe(false)
    await expect(fetch(url)).rejects.toThrow('fetch failed')
    expect(closed).toBe(false)
    answer()
    const reply = await sent
    expect(reply.status).toBe(200)
    expect(await reply.json()).toMatchObject({ ...execution, tasks: {} })
    await closing
  })

  it.each(loopbacks)(
    'Should wait for the requests to each address of localhost: %s',
    async (to) => {
      onTestFinished(resolveLocalhostTwice().restore)
      const config = { host: 'localhost', drainTimeout: 600_000 }
      const { url, asked, answer, close, app } = await listenHanging({ config })
      const sent = fetch(url.replace('localhost', to))
      await asked
      let closed = false
      const closing = close().then(() => (closed = true))
      await expect.poll(() => app.server.listening).toBe(false)
      expect(closed).toBe(false)
      answer()
      expect((await sent).status).toBe(200)
      await closing
    },
  )

  it('Should cut off requests to each address of localhost after the drain timeout', async () => {
    onTestFinished(resolveLocalhostTwice().restore)
    const config = { host: 'localhost', drainTimeout: 20 }
    const { url, asked, close } = await listenHanging({ config })
    const sent = fetch(url.replace('localhost', loopbacks[1])).catch(() => 'cut off')
    await asked
    await close()
    expect(await sent).toBe('cut off')
  })

  it('Should cut off requests that outlast the drain timeout', async () => {
    const { url, asked, close } = await listenHanging({ config: { drainTimeout: 20 } })
    const sent = fetch(url).then(
      () => 'answered',
      () => 'cut off',
    )
    const signal = await asked
    await close()
    expect(await sent).toBe('cut off')
    await aborted(signal)
  })

  it('Should cut off at once when the drain timeout is over already', async () => {
    const { url, asked, close } = await listenHanging({ config: { drainTimeout: 600_000 } })
    const sent = fetch(url).catch((error: unknown) => (error as Error).message)
    await asked
    await close({ withinMs: 0 })
    expect(await sent).toBe('fetch failed')
  })

  it('Should not wait for idle connections', async () => {
    const server = await createTestServer({ config: { drainTimeout: 600_000 } })
    const url = await server.listen()
    await (await fetch(`${url}/healthz`, { headers: { connection: 'keep-alive' } })).text()
    await server.close()
    await expect(fetch(url)).rejects.toThrow('fetch failed')
  })

  it('Should not wait for connections that never sent a request', async () => {
    const server = await createTestServer({ config: { drainTimeout: 600_000 } })
    const { port } = new URL(await server.listen())
    const early = connect(Number(port), '127.0.0.1')
    await Promise.all([once(early, 'connect'), once(server.app.server, 'connection')])
    const gone = once(early, 'close')
    await server.close()
    await gone
    expect(early.destroyed).toBe(true)
  })

  it('Should work twice, and before the server listened', async () => {
    const server = await createTestServer()
    await server.close()
    await expect(server.close()).resolves.toBeUndefined()
  })
})
