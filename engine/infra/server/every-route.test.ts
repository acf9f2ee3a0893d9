import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import type { FastifyInstance } from 'fastify'
import { describe, expect, it } from 'vitest'
import { serve } from './testing/client.ts'
import {
  describedOperations,
  fillPath,
  type DescribedOperation,
  type DescribedParameter,
  type DescribedRefusal,
} from './testing/operations.ts'
import { createTestServer } from './testing/server.ts'

/** Values of a query parameter that do not fit it, as they stand in the URL. */
function wrongQueries({ name, schema }: DescribedParameter): readonly string[] {
  const { type, format, minLength = 0, maxLength, pattern, minimum = 0 } = schema
  const isFree =
    format === undefined && pattern === undefined && schema.enum === undefined && name !== 'status'
  return [
    `${name}=a&${name}=b`,
    ...(isFree && type === 'string' && minLength === 0 ? [] : [`${name}=`]),
    ...(isFree && type === 'string' ? [] : [`${name}=%00`, `${name}=__proto__`, `${name}=-1`]),
    ...(type === 'integer'
      ? ['1e2', '0x10', '5.0', '%205', '+5', '9'.repeat(400)].map((n) => `${name}=${n}`)
      : []),
    ...(minimum > 0 ? [`${name}=0`] : []),
    ...(maxLength === undefined ? [] : [`${name}=${'x'.repeat(maxLength + 1)}`]),
  ]
}

/** Phrases of zod, Node, Fastify and Ajv that no client should have to read. */
const raw =
  /expected|received|Invalid (?:input|string|option|ISO)|Unrecognized|Too (?:big|small)|FST_|is not a valid url/

describe('every route of the OpenAPI document', () => {
  /** Sends a request that must be refused, and returns what is wrong with the refusal. */
  async function complaintOf(
    app: FastifyInstance,
    { method, path }: DescribedOperation,
    url: string,
  ) {
    const reply = await app.inject({ method, url })
    const { status, code, detail, violations = [] } = reply.json<DescribedRefusal>()
    const messages = violations.map(({ message }) => message)
    const isClear =
      status === 400 &&
      code === 'input_invalid' &&
      messages.length > 0 &&
      messages.every((message) => /^(?:is|has) .+; .+$/.test(message)) &&
      violations.every(({ pointer }) => /^\/(?:query|path|headers|body)/.test(pointer)) &&
      !raw.test(detail) &&
      reply.body.length < 1_500
    return isClear ? [] : [`${method} ${path} ${url.slice(0, 120)}: ${reply.body.slice(0, 400)}`]
  }

  it('Should refuse every wrong query parameter, with what is allowed', async () => {
    const { app } = await serve()
    const operations = await describedOperations(app)
    const queries = operations.flatMap((operation) => {
      const own = operation.parameters.filter((parameter) => parameter.in === 'query')
      const wrong = own.flatMap(wrongQueries)
      return [...wrong, ...(own.length > 0 ? ['unknown=1', '__proto__[a]=1'] : [])].map(
        (query) => [operation, `${fillPath(operation.path)}?${query}`] as const,
      )
    })
    const complaints = await Promise.all(queries.map((query) => complaintOf(app, ...query)))
    expect(complaints.flat()).toEqual([])
    expect(queries.length).toBeGreaterThan(150)
  })

  it('Should refuse an empty id and one that is too long, without repeating it', async () => {
    const { app } = await serve()
    const operations = await describedOperations(app)
    for (const { method, path, parameters } of operations) {
      for (const { name } of parameters.filter((parameter) => parameter.in === 'path')) {
        const long = await app.inject({
          method,
          url: fillPath(path.replace(`{${name}}`, 'x'.repeat(1_001))),
        })
        expect([long.statusCode, long.body.length < 600]).toEqual([400, true])
        const known = await app.inject({
          method,
          url: fillPath(path.replace(`{${name}}`, 'x'.repeat(900))),
        })
        expect([known.statusCode < 500, known.body.length < 800]).toEqual([true, true])
        expect(known.body).not.toMatch(raw)
      }
    }
  })

  it.each([
    ['null', 'is null'],
    ['[]', 'is an empty list'],
    ['"text"', 'is "text"'],
    ['{"unknown_key":1}', 'has the unknown key "unknown_key"'],
  ])('Should refuse the body %s wherever an object is asked for', async (payload, message) => {
    const { app, start } = await serve()
    await start()
    const operations = await describedOperations(app)
    const asked = operations.filter(
      ({ hasBody, path }) => hasBody && !path.includes('/signals/') && path.startsWith('/api/'),
    )
    expect(asked.length).toBeGreaterThan(5)
    for (const { method, path } of asked) {
      const reply = await app.inject({
        method,
        url: fillPath(path),
        headers: { 'content-type': 'application/json' },
        payload,
      })
      const { status, detail, violations } = reply.json<DescribedRefusal>()
      expect([path, status, detail]).toEqual([path, 400, expect.stringContaining(message)])
      expect(violations![0]!.pointer).toMatch(/^\/body/)
      expect(detail).not.toMatch(raw)
    }
  })

  it('Should refuse an Idempotency-Key that is empty or too long', async () => {
    const { app } = await serve()
    const operations = await describedOperations(app)
    const keyed = operations.filter(({ parameters }) =>
      parameters.some(({ name }) => name === 'idempotency-key'),
    )
    expect(keyed.length).toBeGreaterThan(3)
    for (const { method, path } of keyed) {
      for (const key of ['', 'k'.repeat(256)]) {
        const reply = await app.inject({
          method,
          url: fillPath(path),
          headers: { 'content-type': 'application/json', 'idempotency-key': key },
          payload: path.endsWith('/events') ? '{"name":"parcel.sent"}' : '{}',
        })
        expect([path, reply.json<DescribedRefusal>().violations]).toEqual([
          path,
          [
            {
              pointer: '/headers/idempotency-key',
              message: `${key === '' ? 'is empty' : 'has 256 characters'}; it must be a text of 1 to 255 characters`,
            },
          ],
        ])
      }
    }
  })

  it('Should refuse an Idempotency-Key that is given twice', async () => {
    const server = await createTestServer()
    const { hostname, port } = new URL(await server.listen())
    const body = '{"input":{"weight":1}}'
    const send = (keys: string) =>
      `POST /api/v0/workflows/parcel/executions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nconnection: close\r\n${keys}content-length: ${body.length}\r\n\r\n${body}`
    const answers = []
    for (const keys of ['idempotency-key: k\r\n', 'Idempotency-Key: k\r\nidempotency-key: k\r\n']) {
      const socket = connect(Number(port), hostname, () => socket.write(send(keys)))
      answers.push(await text(socket))
    }
    expect(answers[0]).toMatch(/^HTTP\/1\.1 202/)
    expect(answers[1]).toMatch(/^HTTP\/1\.1 400/)
    expect(answers[1]).toContain('"message":"is given 2 times; give it once"')
  })

  it('Should refuse more statuses than there are, in the query and in the body', async () => {
    const { app, call } = await serve()
    const list = Array.from({ length: 7 }, () => 'failed')
    const url = `/api/v0/executions/workflows?status=${list.join(',')}`
    const inQuery = (await app.inject(url)).json<DescribedRefusal>()
    const filter = { filter: { status: list }, dry_run: true }
    const inBody = await call('POST', '/executions/workflows/rerun', filter)
    expect([inQuery.status, inBody.status]).toEqual([400, 400])
    expect(inBody.body['violations']).toEqual([
      { pointer: '/body/filter/status', message: 'has 7 entries; it must be at most 6 entries' },
    ])
    expect(inQuery.violations![0]!.message).toContain('at most 6 entries')
  })

  it('Should accept values at the ends of what is allowed', async () => {
    const { app } = await serve()
    for (const query of ['limit=1', 'limit=200', 'limit=007', 'status=failed,running'])
      expect((await app.inject(`/api/v0/executions/workflows?${query}`)).statusCode).toBe(200)
  })
})
