import { describe, expect, it } from 'vitest'
import { createTestServer } from './testing/server.ts'

const json = { 'content-type': 'application/json' }

/** Posts a raw body to each route that takes a value from outside. */
async function postEverywhere(wrap: (value: string) => Buffer | string, value: string) {
  const { app, executions } = await createTestServer({ config: { bodyLimit: 1_048_576 } })
  const { exec_id } = await executions.start({
    workflowId: 'courier',
    input: {},
    trigger: { type: 'api' },
  })
  const post = (url: string, payload: Buffer | string) =>
    app.inject({ method: 'POST', url: `/api/v0${url}`, headers: json, payload })
  const replies = {
    input: await post('/workflows/courier/executions', wrap(`{"input":{"id":${value}}}`)),
    payload: await post('/events', wrap(`{"name":"parcel.sent","payload":{"id":${value}}}`)),
    signal: await post(`/executions/workflows/${exec_id}/signals/go`, wrap(`{"id":${value}}`)),
  }
  return { replies, runs: (await executions.list({ limit: 9 })).items.length }
}

const asText = (text: string): string => text
const pointers = { input: '/body/input/id', payload: '/body/payload/id', signal: '/body/id' }

describe('values in a request body', () => {
  it.each([
    ['9007199254740993', 'too large to be exact'],
    ['1e400', 'too large; the largest is'],
    ['0.12345678901234567890', 'more digits'],
    ['"\\ud800"', 'half of a surrogate pair'],
    ['{"a": 1, "a": 2}', 'the key "a" is given twice'],
    ['{"__proto__": 1}', 'would change the prototype'],
    ['{"constructor": {"prototype": 1}}', 'would change the prototype'],
  ])('Should refuse %s with its JSON pointer in every body', async (value, message) => {
    const { replies, runs } = await postEverywhere(asText, value)
    for (const [place, reply] of Object.entries(replies)) {
      const { status, code, violations } = reply.json<Record<string, unknown>>()
      expect([status, code]).toEqual([400, 'input_invalid'])
      const pointer = expect.stringContaining(pointers[place as keyof typeof pointers]) as string
      expect(violations).toEqual([{ pointer, message: expect.stringContaining(message) as string }])
    }
    expect(runs).toBe(1)
  })

  it('Should refuse deep nesting in every body', async () => {
    for (const depth of [250, 3_500, 400_000]) {
      const { replies } = await postEverywhere(asText, '['.repeat(depth) + ']'.repeat(depth))
      for (const reply of Object.values(replies)) {
        expect(reply.json()).toMatchObject({ status: 400, code: 'input_invalid' })
        expect(reply.body).toContain('is nested too deep; at most 200 levels are allowed')
      }
    }
  })

  it.each([
    ['values', `[${Array(200_000).fill('{}').join()}]`, 'has more than 200000 values'],
    [
      'names',
      `{${Array.from({ length: 20_001 }, (_, i) => `"k${i}":1`).join()}}`,
      'is one of more than 20000 different names',
    ],
  ])('Should refuse more %s than the main loop bears', async (_, value, message) => {
    const { replies, runs } = await postEverywhere(asText, value)
    for (const reply of Object.values(replies)) {
      expect(reply.json()).toMatchObject({ status: 400, code: 'input_invalid' })
      expect(reply.json<{ detail: string }>().detail).toContain(message)
    }
    expect(runs).toBe(1)
  })

  it('Should keep a large body of ordinary records', async () => {
    const record = (id: number) => ({ id, name: `parcel ${id}`, open: true })
    const records = Array.from({ length: 15_000 }, (_, id) => record(id))
    const { replies } = await postEverywhere(asText, JSON.stringify(records))
    expect(replies.input.statusCode).toBe(202)
  })

  it('Should refuse a body that is not UTF-8', async () => {
    const broken = (text: string) => Buffer.from(text.replace('X', '\xff'), 'latin1')
    const { replies } = await postEverywhere(broken, '"X"')
    for (const reply of Object.values(replies)) {
      expect(reply.json()).toMatchObject({
        status: 400,
        detail: 'the body is not valid UTF-8; JSON must be sent as UTF-8',
      })
    }
  })

  it.each(['9007199254740991', '1e20', '0.1', '"9007199254740993"', '"😀"', '{"constructor": 1}'])(
    'Should keep %s as it is',
    async (value) => {
      const { app, executions } = await createTestServer()
      const reply = await app.inject({
        method: 'POST',
        url: '/api/v0/workflows/courier/executions',
        headers: { 'content-type': 'application/json; charset=UTF-8' },
        payload: `{"input":{"id":${value}}}`,
      })
      expect(reply.statusCode).toBe(202)
      const { input } = await executions.describe(reply.json<{ exec_id: string }>().exec_id)
      expect(input).toEqual({ id: JSON.parse(value) as unknown })
    },
  )

  it('Should refuse another charset than UTF-8', async () => {
    const { app } = await createTestServer()
    const reply = await app.inject({
      method: 'POST',
      url: '/api/v0/workflows/courier/executions',
      headers: { 'content-type': 'application/json; charset=iso-8859-1' },
      payload: '{}',
    })
    expect(reply.json()).toMatchObject({ status: 415, code: 'unsupported_media_type' })
  })

  it('Should refuse a body that says it is compressed, and start nothing', async () => {
    const { app, executions } = await createTestServer()
    const post = (encoding: string) =>
      app.inject({
        method: 'POST',
        url: '/api/v0/workflows/courier/executions',
        headers: { ...json, 'content-encoding': encoding },
        payload: '{"input":{"id":1}}',
      })
    for (const encoding of ['gzip', 'BR', 'deflate', 'identity, gzip']) {
      const reply = await post(encoding)
      expect(reply.json()).toMatchObject({ status: 415, code: 'unsupported_media_type' })
      expect(reply.body).toContain('send the body uncompressed')
    }
    expect((await executions.list({ limit: 9 })).items).toEqual([])
    expect((await post('Identity')).statusCode).toBe(202)
  })
})
