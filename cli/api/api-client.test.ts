import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { defined } from '../../engine/core/defined.ts'
import { createApiClient } from './api-client.ts'
import { serveAnswers } from '../testing/api-server.ts'

const client = (url: string, token?: string) =>
  createApiClient(
    url,
    defined({
      signal: new AbortController().signal,
      token,
    }),
  )
const answering = async (status: number, body: unknown) =>
  client(await serveAnswers(() => ({ status, body })))

describe('createApiClient', () => {
  it('Should send the input to the workflow, with the token', async () => {
    const requests: unknown[] = []
    const url = await serveAnswers(({ method, url: path, headers }, body) => {
      requests.push([method, path, headers.authorization, JSON.parse(body)])
      return { status: 202, body: { exec_id: 'a', more: 1 } }
    })
    expect(await client(url, 's3cret').start('a/b', [1])).toMatchObject({ exec_id: 'a' })
    expect(requests).toEqual([
      ['POST', '/api/v0/workflows/a%2Fb/executions', 'Bearer s3cret', { input: [1] }],
    ])
  })

  it.each([
    ['a run', '/api/v0/executions/workflows/./rerun', '.'],
    ['a workflow', '/api/v0/workflows/../executions', '..'],
    ['a schedule', '/api/v0/schedules/.', '.'],
  ])('Should not ask for %s that a URL leaves out: %s', async (_, path, id) => {
    let requests = 0
    const url = await serveAnswers(() => {
      requests++
      return { status: 200, body: { exec_id: 'a' } }
    })
    const refused = { code: 'not_found', message: `nothing is called "${id}"` }
    await expect(client(url).call('POST', path, 'exec_id')).rejects.toMatchObject(refused)
    await client(url).call('POST', '/api/v0/executions/workflows/a..b/rerun?limit=.', 'exec_id')
    expect(requests).toBe(1)
  })

  it.each([
    ['GET', /^the connection to \S+ broke before the whole answer came$/],
    ['POST', /came; what was asked for may have been done$/],
  ])('Should tell a %s whose answer breaks off from a defect', async (method, message) => {
    const server = createServer((_, response) => {
      response.writeHead(200, { 'content-length': 1_000 })
      response.write('{"exec_id":', () => response.destroy())
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const api = client(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    await expect(api.call(method, '/api/v0/x', 'exec_id')).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(message) as string,
    })
  })

  it('Should watch an execution below whatever path the server has, without a token', async () => {
    const seen: unknown[] = []
    const url = await serveAnswers(({ method, url: path, headers }) => {
      seen.push(method, path, headers.authorization)
      const task = '{"id":"pay","type":"basic","status":"running","attempts":1}'
      const body = `: hello\n\nevent: task\ndata: ${task}\n\nevent: end\ndata: {"exec_id":"a"}\n\n`
      return { status: 200, body }
    })
    const events = []
    for await (const event of client(`${url}/compozy`).watch('a')) events.push(event)
    expect(events).toEqual([
      { type: 'task', task: { id: 'pay', type: 'basic', status: 'running', attempts: 1 } },
      { type: 'end', execution: { exec_id: 'a' } },
    ])
    expect(seen).toEqual(['GET', '/compozy/api/v0/executions/workflows/a/events', undefined])
  })

  it('Should refuse to watch what the server does not know, with its reason', async () => {
    const api = await answering(404, { code: 'not_found', detail: 'no execution "a"' })
    await expect(api.watch('a').next()).rejects.toMatchObject({ code: 'not_found' })
  })

  it('Should take over code, message and violations of a problem', async () => {
    const violations = [{ pointer: '/items', message: 'is required' }]
    const api = await answering(400, { code: 'input_invalid', detail: 'does not fit', violations })
    await expect(api.start('order', {})).rejects.toMatchObject({
      code: 'input_invalid',
      message: 'does not fit',
      violations,
    })
  })

  it.each<[string, number, unknown, string, RegExp]>([
    ['a page', 502, '<html>', 'unavailable', /answered 502, without JSON$/],
    ['a page that says 200', 200, '<html>', 'unavailable', /answered 200, without JSON$/],
    [
      'JSON of something else',
      200,
      { hello: 'world' },
      'unavailable',
      /answers, but it is not a Compozy engine$/,
    ],
    ['null', 200, 'null', 'unavailable', /answers, but it is not a Compozy engine$/],
    [
      'an unknown code',
      418,
      { code: 'teapot', title: 'I am a teapot' },
      'internal',
      /^I am a teapot$/,
    ],
    ['a proxy that has lost its engine', 503, '{}', 'unavailable', /answered 503$/],
    ['a refusal that is no problem', 500, '[]', 'internal', /answered 500$/],
    [
      'violations that are none',
      400,
      { code: 'conflict', detail: 'd', violations: [1] },
      'conflict',
      /^d$/,
    ],
  ])('Should say what is wrong with %s', async (_, status, body, code, message) => {
    await expect((await answering(status, body)).start('order', {})).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
      violations: [],
    })
  })

  it('Should report a server that does not answer', async () => {
    await expect(client('http://127.0.0.1:1').start('order', {})).rejects.toMatchObject({
      code: 'unavailable',
      message:
        'no engine answers at http://127.0.0.1:1; start one with compozy dev, or name another: --server URL',
    })
  })

  it('Should reject with the reason of its signal, not with an absent server', async () => {
    const api = createApiClient('http://127.0.0.1:1', { signal: AbortSignal.abort('SIGINT') })
    await expect(api.start('order', {})).rejects.toBe('SIGINT')
  })
})
