import { Ajv2020 } from 'ajv/dist/2020.js'
import type { FastifyInstance } from 'fastify'
import { describe, expect, it } from 'vitest'
import { describedOperations, fillPath } from './testing/operations.ts'
import { createTestServer, type TestServerOptions } from './testing/server.ts'

interface Media {
  readonly schema?: object
  readonly example?: unknown
}
interface Response {
  readonly description: string
  readonly headers?: Readonly<Record<string, { readonly schema: object }>>
  readonly content?: Readonly<Record<string, Media>>
}
interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  readonly tags: readonly string[]
  readonly security?: readonly object[]
  readonly parameters?: readonly {
    in: string
    name: string
    required: boolean
    description?: string
    schema: object
  }[]
  readonly requestBody?: { required: boolean; content: Readonly<Record<string, Media>> }
  readonly responses: Readonly<Record<string, Response>>
}
interface Document {
  readonly openapi: string
  readonly security?: readonly object[]
  readonly tags: readonly { name: string }[]
  readonly components: { readonly schemas: Readonly<Record<string, object>> }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

const read = async (app: FastifyInstance): Promise<Document> =>
  (await app.inject('/openapi.json')).json()

const documentOf = async (options?: TestServerOptions): Promise<Document> =>
  read((await createTestServer(options)).app)

/** Every operation as `[METHOD /path, operation]`. */
const operationsOf = ({ paths }: Document): [string, Operation][] =>
  Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${path}`,
      operation,
    ]),
  )

const operationAt = (document: Document, name: string): Operation => {
  const [, found] = operationsOf(document).find(([key]) => key === name) ?? []
  if (found === undefined) throw new Error(`${name} is not in the document`)
  return found
}

/** Every schema of the document, wherever it stands, with its place. */
function schemasIn(node: unknown, place = '#'): [string, object][] {
  if (typeof node !== 'object' || node === null) return []
  return Object.entries(node).flatMap(([key, value]: [string, unknown]): [string, object][] => [
    ...(key === 'schema' ? ([[`${place}/schema`, value as object]] as [string, object][]) : []),
    ...schemasIn(value, `${place}/${key}`),
  ])
}

const api = [
  'GET /api/v0/executions/workflows',
  'GET /api/v0/executions/workflows/{exec_id}',
  'GET /api/v0/executions/workflows/{exec_id}/events',
  'GET /api/v0/executions/workflows/{exec_id}/history',
  'GET /api/v0/executions/workflows/{exec_id}/logs',
  'GET /api/v0/executions/workflows/{exec_id}/tasks',
  'GET /api/v0/schedules',
  'GET /api/v0/schedules/{workflow_id}',
  'GET /api/v0/tools',
  'GET /api/v0/workflows',
  'GET /api/v0/workflows/{workflow_id}',
  'PATCH /api/v0/schedules/{workflow_id}',
  'POST /api/v0/events',
  'POST /api/v0/executions/workflows/{exec_id}/cancel',
  'POST /api/v0/executions/workflows/rerun',
  'POST /api/v0/executions/workflows/{exec_id}/rerun',
  'POST /api/v0/executions/workflows/{exec_id}/signals/{name}',
  'POST /api/v0/executions/workflows/{exec_id}/terminate',
  'POST /api/v0/schedules/{workflow_id}/trigger',
  'POST /api/v0/workflows/{workflow_id}/executions',
  'POST /api/v0/workflows/{workflow_id}/executions/sync',
]
const always = ['GET /healthz', 'GET /metrics', 'GET /readyz']

describe('the OpenAPI document', () => {
  it('Should be of version 3.1 and hold every route but its own', async () => {
    const { app } = await createTestServer()
    const document = await read(app)
    expect(document.openapi).toBe('3.1.0')
    expect(
      operationsOf(document)
        .map(([name]) => name)
        .toSorted(),
    ).toEqual([...api, ...always].toSorted())
    for (const path of Object.keys(document.paths)) {
      const url = path.replaceAll(/\{(\w+)\}/g, ':$1')
      const methods = Object.keys(document.paths[path]!).map((method) => method.toUpperCase())
      expect(methods.every((method) => app.hasRoute({ method, url }))).toBe(true)
    }
  })

  it('Should hold no API where the process only runs workers, and no metrics where they are off', async () => {
    const document = await documentOf({ api: null, monitoring: { enabled: false } })
    expect(Object.keys(document.paths).toSorted()).toEqual(['/healthz', '/readyz'])
  })

  it('Should name each operation once, with a summary and a tag that is explained', async () => {
    const document = await documentOf()
    const operations = operationsOf(document).map(([, operation]) => operation)
    const tags = new Set(document.tags.map(({ name }) => name))
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length)
    expect(operations.filter(({ summary }) => !summary)).toEqual([])
    expect(
      operations.flatMap((operation) => operation.tags).filter((tag) => !tags.has(tag)),
    ).toEqual([])
  })

  it('Should declare exactly the parameters of each path, all with a schema', async () => {
    const document = await documentOf()
    for (const [name, { parameters = [] }] of operationsOf(document)) {
      const template = [...name.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter)
      const declared = parameters.filter((parameter) => parameter.in === 'path')
      expect([name, declared.map((parameter) => parameter.name)]).toEqual([name, template])
      expect(declared.every(({ required }) => required)).toBe(true)
      expect(parameters.filter(({ schema }) => Object.keys(schema).length === 0)).toEqual([])
    }
  })

  it.each([
    [
      'GET /api/v0/executions/workflows',
      [
        ['limit', 'cursor', 'workflow_id', 'from', 'to', 'closed_from', 'closed_to'],
        ['error_type', 'error_text', 'rerun_of', 'exec_id_prefix', 'status'],
      ].flat(),
    ],
    ['GET /api/v0/workflows', ['limit', 'cursor']],
    ['GET /api/v0/schedules', ['limit', 'cursor']],
    ['POST /api/v0/workflows/{workflow_id}/executions/sync', ['timeout', 'idempotency-key']],
    ['POST /api/v0/events', ['idempotency-key']],
  ])('Should declare what %s takes besides', async (name, expected) => {
    const { parameters = [] } = operationAt(await documentOf(), name)
    const optional = parameters.filter((parameter) => parameter.in !== 'path')
    expect(optional.map((parameter) => parameter.name)).toEqual(expected)
    expect(optional.some(({ required }) => required)).toBe(false)
  })

  it('Should say which bodies may be left out', async () => {
    const document = await documentOf()
    const bodies = operationsOf(document).flatMap(([name, { requestBody }]) =>
      requestBody === undefined ? [] : [[name.split('/').at(-1), requestBody.required]],
    )
    expect(Object.fromEntries(bodies)).toEqual({
      executions: false,
      sync: false,
      terminate: false,
      '{name}': false,
      events: true,
      rerun: true,
      '{workflow_id}': true,
    })
  })

  it.each([
    [
      'POST /api/v0/workflows/{workflow_id}/executions',
      /same input returns the same execution; with another input 409; counts for this workflow/,
    ],
    [
      'POST /api/v0/workflows/{workflow_id}/executions/sync',
      /same input returns the same execution; with another input 409; counts for this workflow/,
    ],
    [
      'POST /api/v0/executions/workflows/{exec_id}/rerun',
      /repeats the run once .* with another `from`, `definition` or `input` 409$/,
    ],
    [
      'POST /api/v0/executions/workflows/rerun',
      /repeats each run once; .* another `from` or `definition`, .* problem `conflict`$/,
    ],
    ['POST /api/v0/events', /same payload publishes the event once .* with another payload 409/],
  ])(
    'Should say of %s what its Idempotency-Key does, and of no other route',
    async (name, meaning) => {
      const keyed = operationsOf(await documentOf()).flatMap(([route, { parameters = [] }]) =>
        parameters
          .filter((parameter) => parameter.name === 'idempotency-key')
          .map(({ description = '' }) => [route, description] as const),
      )
      expect(keyed).toHaveLength(5)
      const isStart = (route: string) => route.includes('/workflows/{workflow_id}/executions')
      const others = keyed.filter(([route]) => route !== name && !(isStart(route) && isStart(name)))
      expect(keyed.find(([route]) => route === name)?.[1]).toMatch(meaning)
      expect(others.filter(([, description]) => meaning.test(description))).toEqual([])
    },
  )

  it('Should document every error as a problem, and every success with what it holds', async () => {
    for (const [name, { responses }] of operationsOf(await documentOf())) {
      if (name === 'GET /metrics') continue
      for (const [status, { description, content = {} }] of Object.entries(responses)) {
        const readiness = name === 'GET /readyz' && status === '503'
        const success =
          name.endsWith('/events') && name.startsWith('GET')
            ? 'text/event-stream'
            : 'application/json'
        const type = Number(status) < 400 || readiness ? success : 'application/problem+json'
        expect([name, status, Object.keys(content)]).toEqual([name, status, [type]])
        const isProblem =
          JSON.stringify(content[type]?.schema) === '{"$ref":"#/components/schemas/Problem"}'
        expect(isProblem).toBe(type === 'application/problem+json')
        expect(description).not.toBe('')
      }
    }
  })

  it.each([
    [
      'POST /api/v0/workflows/{workflow_id}/executions',
      '202,400,401,403,404,409,413,415,429,500,502,503,504',
    ],
    [
      'POST /api/v0/executions/workflows/{exec_id}/cancel',
      '202,400,401,403,404,409,413,415,429,500,502,503,504',
    ],
    ['GET /api/v0/tools', '200,400,401,403,429,500'],
    ['GET /healthz', '200,403,500'],
    ['GET /metrics', '200,401,403,500,503'],
  ])('Should list all that %s can answer', async (name, statuses) => {
    expect(Object.keys(operationAt(await documentOf(), name).responses).join(',')).toBe(statuses)
  })

  it('Should document the 403 with which every route answers a foreign Host', async () => {
    const { app } = await createTestServer()
    const document = await read(app)
    const operations = await describedOperations(app)
    expect(operations.length).toBe(api.length + always.length)
    for (const { method, path } of operations) {
      const ask = (host: string) => app.inject({ method, url: fillPath(path), headers: { host } })
      const reply = await ask('evil.example')
      const type = String(reply.headers['content-type']).split(';')[0]!
      const { content = {} } = operationAt(document, `${method} ${path}`).responses['403'] ?? {}
      expect([path, reply.statusCode, Object.keys(content)]).toEqual([path, 403, [type]])
      expect((await ask('localhost')).statusCode).not.toBe(403)
    }
  })

  it('Should document the 401 of metrics with a token, and none of a route that has none', async () => {
    const document = await documentOf()
    const { headers = {}, content = {} } = operationAt(document, 'GET /metrics').responses['401']!
    expect([Object.keys(headers), Object.keys(content)]).toEqual([
      ['www-authenticate'],
      ['text/plain'],
    ])
    for (const name of ['GET /healthz', 'GET /readyz'])
      expect(Object.keys(operationAt(document, name).responses)).not.toContain('401')
  })

  it('Should document the headers of a 401 and a 429 of the API, and none of a 404', async () => {
    const { app } = await createTestServer({ api: { token: 'secret' }, config: { rateLimit: 1 } })
    const { responses } = operationAt(await read(app), 'GET /api/v0/workflows/{workflow_id}')
    const ask = (authorization: string) =>
      app.inject({ url: '/api/v0/workflows/parcel', headers: { authorization } })
    const stranger = await ask('Bearer other')
    for (let i = 0; i < 10; i++) expect((await ask('Bearer secret')).statusCode).toBe(200)
    const hasty = await ask('Bearer secret')
    for (const [reply, status, header] of [
      [stranger, 401, 'www-authenticate'],
      [hasty, 429, 'retry-after'],
    ] as const) {
      expect([reply.statusCode, reply.headers[header]]).toEqual([status, expect.anything()])
      expect(Object.keys(responses[status]!.headers!)).toEqual([header])
    }
    expect(responses['404']!.headers).toBeUndefined()
  })

  it('Should say of each stream that it may be cut off, and of nothing else', async () => {
    const operations = operationsOf(await documentOf())
    const cutOff = operations.filter(([, { description = '' }]) =>
      /closes without `end` was cut off: .* Connect again\./.test(description),
    )
    expect(cutOff.map(([name]) => name)).toEqual([
      'GET /api/v0/executions/workflows/{exec_id}/events',
      'GET /api/v0/executions/workflows/{exec_id}/logs',
    ])
  })

  it('Should show where Location is sent', async () => {
    const document = await documentOf()
    for (const name of ['executions', 'executions/sync']) {
      const { responses } = operationAt(document, `POST /api/v0/workflows/{workflow_id}/${name}`)
      expect(responses['202']?.headers).toMatchObject({ location: { schema: { type: 'string' } } })
    }
  })

  it('Should consist of valid JSON Schemas whose references all lead somewhere', async () => {
    const document = await documentOf()
    const ajv = new Ajv2020({ strict: false, validateFormats: false })
    const { components } = document
    const schemas = [
      ...schemasIn(document.paths),
      ...Object.entries(components.schemas).map(([name, schema]): [string, object] => [
        name,
        schema,
      ]),
    ]
    expect(schemas.length).toBeGreaterThan(50)
    for (const [place, schema] of schemas) {
      // An unresolved reference throws here.
      expect(() => ajv.compile({ ...schema, components }), place).not.toThrow()
    }
    expect(() => ajv.compile({ $ref: '#/components/schemas/None', components })).toThrow(/None/)
  })

  it('Should describe what the API really answers', async () => {
    const { app, executions } = await createTestServer()
    const document = await read(app)
    const ajv = new Ajv2020({ strict: false, validateFormats: false })
    const start = { method: 'POST', url: '/api/v0/workflows/parcel/executions' } as const
    const { exec_id } = (await app.inject({ ...start, payload: { input: { weight: 1 } } })).json()
    executions.end(exec_id, {
      status: 'failed',
      error: { type: 'NoRoute', message: 'no route', attempts: 1 },
    })
    const answers = [
      ['Execution', `/api/v0/executions/workflows/${exec_id}`],
      ['Workflow', '/api/v0/workflows/parcel'],
      ['Schedule', '/api/v0/schedules/nightly'],
      ['Problem', '/api/v0/workflows?limit=0'],
    ] as const
    for (const [name, url] of answers) {
      const accepts = ajv.compile({
        ...document.components.schemas[name],
        components: document.components,
      })
      const body: unknown = (await app.inject(url)).json()
      expect([name, accepts(body), accepts.errors]).toEqual([name, true, null])
      expect(accepts({ ...(body as object), status: 17, id: 17, cron: 17 })).toBe(false)
    }
  })

  it.each(['/metrics', '/internal/prom'])('Should document the metrics at %s', async (path) => {
    const document = await documentOf({ monitoring: { path } })
    const { responses, summary } = operationAt(document, `GET ${path}`)
    const content = responses['200']?.content ?? {}
    expect(summary).toMatch(/Prometheus/)
    expect(Object.keys(content)).toEqual([
      'text/plain; version=0.0.4; charset=utf-8',
      expect.stringMatching(/^application\/openmetrics-text/),
      expect.stringMatching(/^application\/vnd.google.protobuf/),
    ])
    expect(Object.values(content)[0]?.example).toMatch(/^# HELP compozy_http_requests_total /)
  })

  it('Should ask for the token at the API alone, and for none where there is none', async () => {
    const guarded = await documentOf({ api: { token: 'secret' } })
    expect(guarded.security).toEqual([{ token: [] }])
    const open = operationsOf(guarded).filter(([, { security }]) => security?.length === 0)
    expect(open.map(([name]) => name).toSorted()).toEqual(always)
    expect((await documentOf()).security).toBeUndefined()
  })
})
