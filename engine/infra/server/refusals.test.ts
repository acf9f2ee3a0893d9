import { describe, expect, it } from 'vitest'
import { CompozyError, errorCodes, type ErrorCode } from '../../core/errors.ts'
import { silentLogger, type Logger } from '../../core/logger.ts'
import { statusByCode } from './problem.ts'
import { serve } from './testing/client.ts'

const json = { 'content-type': 'application/json' }

/** Creates a logger that records its lines as `[level, fields, message]`. */
function recorder(): { logger: Logger; lines: unknown[][] } {
  const lines: unknown[][] = []
  const at =
    (level: string) =>
    (...line: unknown[]) =>
      void lines.push([level, ...line])
  return { lines, logger: { ...silentLogger, warn: at('warn'), error: at('error') } }
}

describe('errors of the API', () => {
  it.each(
    errorCodes
      .filter((code) => code !== 'internal')
      .map((code) => [code, statusByCode[code]] as const),
  )('Should answer %s with %i, as a problem', async (code, status) => {
    const { app, executions } = await serve()
    executions.describe = () =>
      Promise.reject(new CompozyError(code, 'the reason', { cause: 'inside' }))
    const reply = await app.inject('/api/v0/executions/workflows/x')
    expect(reply.headers['content-type']).toBe('application/problem+json; charset=utf-8')
    expect([reply.statusCode, reply.json()]).toEqual([
      status,
      {
        type: 'about:blank',
        title: expect.stringMatching(/^[A-Z]/),
        status,
        code,
        detail: 'the reason',
        request_id: reply.headers['x-request-id'],
      },
    ])
  })

  it('Should be 4xx for errors that the client can fix and 5xx for the rest', () => {
    const clientErrors: ErrorCode[] = errorCodes.filter((code) => statusByCode[code] < 500)
    expect(clientErrors).toEqual([
      'usage_invalid',
      'input_invalid',
      'unauthorized',
      'forbidden',
      'method_not_allowed',
      'not_found',
      'conflict',
      'payload_too_large',
      'unsupported_media_type',
      'limit_reached',
    ])
  })

  it('Should log a defect with its request and hide it from the client', async () => {
    const { logger, lines } = recorder()
    const { app, executions } = await serve({ logger })
    const defect = new TypeError('secret internals')
    executions.describe = () => Promise.reject(defect)
    const url = '/api/v0/executions/workflows/x'
    const reply = await app.inject({ url, headers: { 'x-request-id': 'mine' } })
    expect(reply.json()).toMatchObject({
      status: 500,
      code: 'internal',
      detail: 'internal error; see the log for request mine',
      request_id: 'mine',
    })
    expect(reply.body).not.toMatch(/secret|TypeError|\.ts:/)
    const route = '/api/v0/executions/workflows/:exec_id'
    const fields = { request_id: 'mine', method: 'GET', url, route, status: 500, err: defect }
    expect(lines).toEqual([['error', fields, 'request failed']])
  })

  it('Should not log an error of the client', async () => {
    const { logger, lines } = recorder()
    const { call } = await serve({ logger })
    expect((await call('GET', '/workflows/none')).status).toBe(404)
    expect(lines).toEqual([])
  })

  it.each([
    ['{"input": {', 'the body is not valid JSON: '],
    ['weight=1', 'the body is not valid JSON: '],
    [
      '{"input": {"__proto__": {}}}',
      '/body/input/__proto__: the key "__proto__" would change the prototype of objects',
    ],
    ['[]', 'invalid body: /body: '],
    ['null', 'invalid body: /body: '],
    ['{"inputs": {}}', 'invalid body: /body: has the unknown key "inputs"; did you mean "input"?'],
  ])('Should refuse the body %s', async (payload, detail) => {
    const { app, executions } = await serve()
    const url = '/api/v0/workflows/parcel/executions'
    const reply = await app.inject({ method: 'POST', url, payload, headers: json })
    expect(reply.json()).toMatchObject({ status: 400, code: 'input_invalid' })
    expect(reply.json()).toHaveProperty('detail', expect.stringContaining(detail))
    expect((await executions.list({ limit: 1 })).items).toEqual([])
  })

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/xml',
    'nonsense',
    undefined,
  ])('Should refuse a body of type %s', async (type) => {
    const { app, executions, start } = await serve()
    const id = await start()
    for (const path of ['workflows/parcel/executions', `executions/workflows/${id}/cancel`]) {
      const headers = type === undefined ? {} : { 'content-type': type }
      const reply = await app.inject({
        method: 'POST',
        url: `/api/v0/${path}`,
        headers,
        payload: Buffer.from('{"input":{"weight":1}}'),
      })
      expect(reply.json()).toMatchObject({
        code: 'unsupported_media_type',
        status: 415,
        detail: 'the body must be JSON; send content-type: application/json',
      })
    }
    expect(await executions.describe(id)).toMatchObject({ status: 'running' })
    expect((await executions.list({ limit: 9 })).items).toHaveLength(1)
  })

  it('Should accept a body of exactly the limit and refuse one byte more', async () => {
    const { app } = await serve({ config: { bodyLimit: 1_024 } })
    const url = '/api/v0/workflows/courier/executions'
    const send = (bytes: number) => {
      const payload = JSON.stringify({ input: 'x'.repeat(bytes - '{"input":""}'.length) })
      return app.inject({ method: 'POST', url, headers: json, payload })
    }
    expect((await send(1_024)).statusCode).toBe(202)
    expect((await send(1_025)).json()).toMatchObject({
      status: 413,
      code: 'payload_too_large',
      detail: 'the body is larger than 1,024 bytes; send less, or raise server.body_limit',
    })
  })

  it.each([
    [
      'GET',
      '/api/v0/workflow',
      'no route GET /api/v0/workflow; /docs lists all routes; did you mean "/api/v0/workflows"?',
    ],
    ['GET', '/nowhere/near?token=x', 'no route GET /nowhere/near; /docs lists all routes'],
  ] as const)('Should say what to do instead of %s %s', async (method, url, detail) => {
    const { app } = await serve()
    const reply = await app.inject({ method, url })
    expect(reply.json()).toMatchObject({ status: 404, code: 'not_found' })
    expect(reply.json()).toHaveProperty('detail', expect.stringContaining(detail))
    expect(reply.body).not.toContain('token=x')
  })

  it.each([
    ['DELETE', '/api/v0/workflows/parcel', 'GET, HEAD'],
    ['GET', '/api/v0/events', 'POST'],
    ['HEAD', '/api/v0/events', 'POST'],
    ['PUT', '/api/v0/schedules/nightly', 'GET, HEAD, PATCH'],
    ['POST', '/healthz', 'GET, HEAD'],
    ['POST', '/metrics', 'GET, HEAD'],
  ] as const)('Should answer 405 with Allow to %s %s', async (method, url, allow) => {
    const { app } = await serve()
    const reply = await app.inject({ method, url })
    expect([reply.statusCode, reply.headers['allow']]).toEqual([405, allow])
    expect(reply.headers['content-type']).toBe('application/problem+json; charset=utf-8')
  })

  it.each(['/%zz', '/api/v0/workflows/%E0%A4%A'])('Should refuse the malformed %s', async (url) => {
    const { app } = await serve()
    const reply = await app.inject({ url, headers: { 'x-request-id': 'mine' } })
    expect(reply.json()).toMatchObject({ status: 400, code: 'input_invalid', request_id: 'mine' })
    expect(reply.headers).toMatchObject({
      'content-type': 'application/problem+json; charset=utf-8',
      'x-request-id': 'mine',
    })
  })

  it('Should stay below 64 kB, whatever an error says', async () => {
    const { app, executions } = await serve()
    const long = { pointer: `/${'k'.repeat(900)}`, message: '\u20ac'.repeat(2_000) }
    const violations = Array.from({ length: 1_000 }, () => long)
    executions.describe = () =>
      Promise.reject(new CompozyError('input_invalid', '\u{1f600}'.repeat(50_000), { violations }))
    const { rawPayload, json } = await app.inject('/api/v0/executions/workflows/x')
    expect(rawPayload.length).toBeLessThan(65_536)
    expect(json<{ violations: unknown[] }>().violations.at(-1)).toMatchObject({
      message: expect.stringMatching(/^has \d+ other violations$/) as string,
    })
  })

  it('Should refuse an id that is too long', async () => {
    const { call } = await serve()
    const answer = await call('GET', `/workflows/${'x'.repeat(1_001)}`)
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.status).toBeLessThan(500)
    expect(JSON.stringify(answer.body).length).toBeLessThan(3_000)
  })
})

describe('the request id', () => {
  it.each(['abc-123', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', 'x'.repeat(128)])(
    'Should be the one that the client sent: %s',
    async (sent) => {
      const { app } = await serve()
      const reply = await app.inject({ url: '/healthz', headers: { 'x-request-id': sent } })
      expect(reply.headers['x-request-id']).toBe(sent)
    },
  )

  it.each(['', 'two words', '"quoted"', 'x'.repeat(129), undefined])(
    'Should be a new one instead of %j',
    async (sent) => {
      const { app } = await serve()
      const headers = sent === undefined ? {} : { 'x-request-id': sent }
      const first = await app.inject({ url: '/healthz', headers })
      const second = await app.inject({ url: '/healthz', headers })
      expect(first.headers['x-request-id']).toMatch(/^[\da-f-]{36}$/)
      expect(second.headers['x-request-id']).not.toBe(first.headers['x-request-id'])
    },
  )
})
