import type { FastifyInstance } from 'fastify'
import { describe, expect, it } from 'vitest'
import { serve } from './testing/client.ts'
import {
  describedOperations,
  fillPath,
  type DescribedOperation,
  type DescribedRefusal,
} from './testing/operations.ts'

describe('the pointers of violations', () => {
  /** Sends a request that must be refused, and returns where it was refused and in what words. */
  async function refusalOf(
    app: FastifyInstance,
    { method, path }: DescribedOperation,
    payload: string,
    url = fillPath(path),
  ) {
    const headers = { 'content-type': 'application/json' }
    const reply = await app.inject({ method, url, headers, payload })
    const { status, detail, violations = [] } = reply.json<DescribedRefusal>()
    const [name, pointers] = [`${method} ${path}`, violations.map(({ pointer }) => pointer)]
    return { name, status, detail, pointers }
  }

  async function operationsWithBody(app: FastifyInstance): Promise<readonly DescribedOperation[]> {
    const operations = (await describedOperations(app)).filter(({ hasBody }) => hasBody)
    expect(operations.length).toBeGreaterThan(7)
    return operations
  }

  it.each([
    ['{', '/body'],
    ['{"a/b":1,"a/b":2}', '/body/a~1b'],
    ['{"input":[{"n":1e999}]}', '/body/input/0/n'],
    ['{"payload":{"__proto__":1}}', '/body/payload/__proto__'],
  ])('Should lead into the body that no operation takes: %s', async (payload, pointer) => {
    const { app, start } = await serve()
    await start()
    for (const operation of await operationsWithBody(app))
      expect(await refusalOf(app, operation, payload)).toMatchObject({
        name: `${operation.method} ${operation.path}`,
        status: 400,
        pointers: [pointer],
      })
  })

  it('Should lead to each property of a body that has a wrong type', async () => {
    const { app, start } = await serve()
    await start()
    let tried = 0
    for (const operation of await operationsWithBody(app))
      for (const [property, { type }] of Object.entries(operation.properties)) {
        if (type === undefined) continue
        const { pointers } = await refusalOf(app, operation, `{"${property}":[[]]}`)
        expect(pointers).toContain(`/body/${property}`)
        expect(pointers.filter((pointer) => !pointer.startsWith('/body/'))).toEqual([])
        tried++
      }
    expect(tried).toBeGreaterThan(8)
  })

  it('Should lead to the part of the path that is wrong, before the body is looked at', async () => {
    const { app } = await serve()
    const operations = await operationsWithBody(app)
    const named = operations.flatMap((operation) =>
      operation.parameters
        .filter((parameter) => parameter.in === 'path')
        .map(({ name }) => [operation, name] as const),
    )
    expect(named.length).toBeGreaterThan(5)
    for (const [operation, name] of named) {
      const url = fillPath(operation.path.replace(`{${name}}`, ''))
      const { pointers } = await refusalOf(app, operation, '{"unknown_key":1}', url)
      expect([operation.path, pointers]).toEqual([operation.path, [`/path/${name}`]])
    }
  })

  it('Should lead into an input or payload that does not fit its schema, and say so', async () => {
    const { app, call, start } = await serve()
    await call('POST', `/executions/workflows/${await start()}/terminate`)
    const operations = await operationsWithBody(app)
    const takers = operations.flatMap((operation) =>
      Object.entries(operation.properties)
        .filter(([, { type }]) => type === undefined)
        .map(([property]) => [operation, property] as const),
    )
    expect(takers.map(([{ path }, property]) => `${path} ${property}`)).toEqual([
      '/api/v0/workflows/{workflow_id}/executions input',
      '/api/v0/workflows/{workflow_id}/executions/sync input',
      '/api/v0/executions/workflows/{exec_id}/rerun input',
      '/api/v0/events payload',
    ])
    const bodies: Readonly<Record<string, readonly [object, string]>> = {
      input: [{ input: { weight: 'x' } }, '/weight'],
      payload: [{ name: 'parcel.sent', payload: { price: 'x' } }, '/price'],
    }
    for (const [operation, property] of takers) {
      const [body, pointer] = bodies[property]!
      expect(await refusalOf(app, operation, JSON.stringify(body))).toEqual({
        name: `${operation.method} ${operation.path}`,
        status: 400,
        detail: expect.stringMatching(
          new RegExp(`^the ${property} .*does not fit workflow`),
        ) as string,
        pointers: [pointer],
      })
    }
  })

  it('Should be absent when the input and the payload fit', async () => {
    const { call } = await serve()
    const requests = [
      ['/workflows/parcel/executions', { input: { weight: 1 } }],
      ['/events', { name: 'parcel.sent', payload: { price: 1 } }],
    ] as const
    for (const [path, body] of requests) {
      const reply = await call('POST', path, body)
      expect([path, reply.status, reply.body['violations']]).toEqual([path, 202, undefined])
    }
  })
})
