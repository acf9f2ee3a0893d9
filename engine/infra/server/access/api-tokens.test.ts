import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { describe, expect, it, onTestFinished } from 'vitest'
import { CompozyError } from '../../../core/errors.ts'
import { silentLogger } from '../../../core/logger.ts'
import { problem, serve } from '../testing/client.ts'
import { isBareToken, parseApiTokens } from './api-tokens.ts'

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const file = '# who may do what\nviewer:read:r3ad\nci:run:runn3r\n\nops:admin:4dmin\n'

describe('the API token file', () => {
  it('Should hold one token for everything, or several with name and scope', () => {
    const show = (text: string) => parseApiTokens(text).map(({ name, scope }) => `${name} ${scope}`)
    expect(show('secret')).toEqual(['default admin'])
    expect(show('open sesame\n')).toEqual(['default admin'])
    expect(show(file)).toEqual(['viewer read', 'ci run', 'ops admin'])
    expect(show('ci:run:x')).toEqual(['ci run'])
  })

  it.each([
    ['secret\n', true],
    ['open sesame', true],
    [' secret', false],
    ['secret\r\n', false],
    ['# mine\nsecret\n', false],
    ['ci:run:x\n', false],
    [`sha256:${'a'.repeat(64)}\n`, false],
    ['', false],
  ])('Should be a token as it stands, or not: %j', (text, bare) => {
    expect(isBareToken(text)).toBe(bare)
  })

  it.each(['a:read:x\nsecret', 'a:root:x', 'a:read:x\na:run:y', '# nothing', 'one\ntwo'])(
    'Should be refused as %j, without a word of the secret',
    (text) => {
      expect(() => parseApiTokens(text)).toThrow(
        'write one token alone, or lines "name:scope:token"',
      )
      expect(() => parseApiTokens(text)).not.toThrow(/secret|root|two/)
    },
  )
})

describe('a token that no header can carry', () => {
  it.each([
    ['s3cret €', 'default'],
    ['ops:admin:s3cret€', 'ops'],
    ['viewer:read:r3ad\nops:admin:s3cret\u0007', 'ops'],
  ])('Should be refused by its name as %j', (text, name) => {
    const message = `the token "${name}" of the API token file has a character that no header`
    expect(() => parseApiTokens(text)).toThrow(message)
    expect(() => parseApiTokens(text)).not.toThrow(/s3cret/)
  })

  it.each(['sécret', 'a\tb', 'a\u0085b'])('Should not be %j, which a header carries', (text) => {
    expect(parseApiTokens(text)).toMatchObject([{ name: 'default' }])
  })
})

describe('a token that the file holds as SHA-256', () => {
  const hash = createHash('sha256').update('s3cret').digest('hex')

  it.each([`sha256:${hash}`, `ops:admin:sha256:${hash.toUpperCase()}`])(
    'Should be accepted as itself, and not as its hash: %.20s',
    async (text) => {
      const { call } = await serve({ api: { token: text } })
      const statusOf = async (token: string) =>
        (await call('GET', '/workflows', undefined, bearer(token))).status
      expect(await statusOf('s3cret')).toBe(200)
      for (const wrong of [hash, `sha256:${hash}`, text]) expect(await statusOf(wrong)).toBe(401)
    },
  )

  it('Should not be that of an empty text, which a request without a token matches', () => {
    const empty = createHash('sha256').digest('hex')
    for (const text of [`sha256:${empty}`, `ops:read:sha256:${empty.toUpperCase()}`])
      expect(() => parseApiTokens(text)).toThrow('has the SHA-256 of an empty text')
  })
})

describe('the scope of a token', () => {
  it.each([
    ['r3ad', 200, 403, 403],
    ['runn3r', 200, 202, 403],
    ['4dmin', 200, 202, 202],
    ['wrong', 401, 401, 401],
    ['r3ad:', 401, 401, 401],
  ])('Should allow %s to read %i, start %i and terminate %i', async (token, read, run, admin) => {
    const { call, executions } = await serve({ api: { token: file } })
    const { exec_id } = await executions.start({
      workflowId: 'courier',
      input: {},
      trigger: { type: 'api' },
    })
    const send = async (method: 'GET' | 'POST', path: string) =>
      (await call(method, path, undefined, bearer(token))).status
    expect(await send('GET', '/workflows')).toBe(read)
    expect(await send('POST', '/workflows/courier/executions')).toBe(run)
    expect(await send('POST', `/executions/workflows/${exec_id}/signals/go`)).toBe(run)
    expect(await send('POST', `/executions/workflows/${exec_id}/terminate`)).toBe(admin)
  })

  it('Should be named where it is not enough', async () => {
    const { call } = await serve({ api: { token: file } })
    const reply = await call('POST', '/workflows/courier/executions', undefined, bearer('r3ad'))
    expect(reply).toMatchObject(
      problem(403, 'forbidden', 'the token "viewer" has the scope read; this needs run'),
    )
  })

  it('Should follow the file', async () => {
    let text = 'old'
    const { call } = await serve({ api: { token: () => text } })
    const status = async (token: string) =>
      (await call('GET', '/workflows', undefined, bearer(token))).status
    expect([await status('old'), await status('new')]).toEqual([200, 401])
    text = 'new'
    expect([await status('old'), await status('new')]).toEqual([401, 200])
  })

  it('Should guard the profiles too', async () => {
    const { app } = await serve({ profiling: true, api: { token: file } })
    const status = async (headers: Record<string, string>) =>
      (await app.inject({ url: '/debug/pprof/heap', headers })).statusCode
    expect(await status({})).toBe(401)
    expect(await status(bearer('runn3r'))).toBe(403)
    expect(await status({ ...bearer('4dmin'), 'sec-fetch-site': 'cross-site' })).toBe(403)
    expect(await status(bearer('4dmin'))).toBe(200)
  })
})

describe('the audit log', () => {
  /** A logger, and the lines of the audit log that it was given. */
  function createAudit() {
    const lines: Record<string, unknown>[] = []
    const info = (fields: object, message: string): void =>
      void (message === 'audit' && lines.push(fields as Record<string, unknown>))
    return { lines, logger: { ...silentLogger, info } }
  }

  /** Asks for a change, and leaves without its answer once the server is at it. */
  async function leave(url: string, isAsked: () => boolean): Promise<void> {
    const client = new AbortController()
    const left = fetch(url, {
      method: 'POST',
      headers: { ...bearer('4dmin'), 'content-type': 'application/json' },
      body: '{}',
      signal: client.signal,
    }).catch(() => 'left')
    await expect.poll(isAsked).toBe(true)
    client.abort()
    expect(await left).toBe('left')
  }

  /** Waits until the server knows that no client is connected. */
  async function whenAllLeft({ server }: FastifyInstance): Promise<void> {
    const open = () => new Promise((resolve) => server.getConnections((_, count) => resolve(count)))
    await expect.poll(open).toBe(0)
  }

  it('Should say of each change who, what and which run', async () => {
    const { lines, logger } = createAudit()
    const { call } = await serve({ logger, api: { token: file } })
    const as = bearer('4dmin')
    const { body } = await call('POST', '/workflows/courier/executions', {}, as)
    const id = String(body['exec_id'])
    await call('POST', `/executions/workflows/${id}/signals/go`, { secret: 1 }, as)
    await call('POST', `/executions/workflows/${id}/terminate`, undefined, bearer('runn3r'))
    await call('GET', '/workflows', undefined, as)
    await call('GET', '/workflows')
    expect(lines).toMatchObject([
      {
        operation: 'startExecution',
        token: 'ops',
        workflow_id: 'courier',
        exec_id: id,
        status: 202,
      },
      { operation: 'signalExecution', token: 'ops', exec_id: id, signal: 'go', status: 202 },
      { operation: 'terminateExecution', token: 'ci', exec_id: id, status: 403 },
      { operation: 'listWorkflows', status: 401 },
    ])
    expect(lines).toHaveLength(4)
    expect(lines[3]).not.toHaveProperty('token')
    expect(JSON.stringify(lines)).not.toMatch(/secret|4dmin|runn3r/)
  })

  it('Should say of a change too whose client left before the answer', async () => {
    const { lines, logger } = createAudit()
    const { app, executions } = await serve({ logger, api: { token: file } })
    let isAsked = false
    executions.result = async (_id, _ms, { signal } = {}) => {
      isAsked = true
      await once(signal!, 'abort')
      throw new CompozyError('temporal_timeout', 'the call to Temporal was canceled')
    }
    const url = await app.listen({ port: 0, host: '127.0.0.1' })
    onTestFinished(() => app.close())
    await leave(`${url}/api/v0/workflows/courier/executions/sync`, () => isAsked)
    await expect.poll(() => lines).toHaveLength(1)
    const [run] = (await executions.list({ limit: 1 }, {})).items
    expect(lines[0]).toMatchObject({ operation: 'runToEnd', exec_id: run!.exec_id, status: 499 })
  })

  it('Should name a run that Temporal stored after its client had left', async () => {
    const { lines, logger } = createAudit()
    const { app, executions } = await serve({ logger, api: { token: file } })
    const start = executions.start.bind(executions)
    let isAsked = false
    executions.start = async (request, { signal } = {}) => {
      isAsked = true
      await whenAllLeft(app)
      signal?.throwIfAborted()
      return start(request)
    }
    const url = await app.listen({ port: 0, host: '127.0.0.1' })
    onTestFinished(() => app.close())
    await leave(`${url}/api/v0/workflows/courier/executions`, () => isAsked)
    await expect.poll(() => lines).toHaveLength(1)
    const [run] = (await executions.list({ limit: 1 }, {})).items
    const operation = 'startExecution'
    expect(lines[0]).toMatchObject({ operation, exec_id: run!.exec_id, status: 499 })
  })

  it('Should say of pipelined changes too whose connection broke', async () => {
    const { lines, logger } = createAudit()
    const { app, executions } = await serve({ logger, api: { token: file } })
    let release = (): void => undefined
    const released = new Promise<void>((resolve) => (release = resolve))
    let asked = 0
    executions.terminate = async () => {
      asked++
      await released
    }
    await app.listen({ port: 0, host: '127.0.0.1' })
    onTestFinished(() => app.close())
    const { port } = app.server.address() as AddressInfo
    const socket = connect(port, '127.0.0.1')
    const request = (id: string) =>
      `POST /api/v0/executions/workflows/${id}/terminate HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer 4dmin\r\ncontent-length: 0\r\n\r\n`
    socket.write(request('one') + request('two'))
    await expect.poll(() => asked).toBe(2)
    socket.destroy()
    await whenAllLeft(app)
    release()
    await expect.poll(() => lines).toHaveLength(2)
    expect(lines.map(({ exec_id, status }) => [exec_id, status])).toEqual([
      ['one', 499],
      ['two', 499],
    ])
  })

  it('Should name the run that a request started before it failed', async () => {
    const { lines, logger } = createAudit()
    const { call, executions } = await serve({ logger, api: { token: file } })
    executions.result = async () => {
      throw new CompozyError('not_found', 'no such execution')
    }
    const { status } = await call('POST', '/workflows/courier/executions/sync', {}, bearer('4dmin'))
    expect(status).toBe(404)
    const [run] = (await executions.list({ limit: 1 }, {})).items
    expect(lines).toMatchObject([{ operation: 'runToEnd', exec_id: run!.exec_id, status: 404 }])
  })
})
