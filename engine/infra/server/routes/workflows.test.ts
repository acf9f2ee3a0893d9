import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { CompozyError } from '../../../core/errors.ts'
import { silentLogger } from '../../../core/logger.ts'
import { problem, serve } from '../testing/client.ts'

describe('workflows', () => {
  it('Should be listed in pages', async () => {
    const { call } = await serve()
    const seen: unknown[] = []
    let cursor: unknown = ''
    do {
      const { body } = await call(
        'GET',
        `/workflows?limit=3${cursor === '' ? '' : `&cursor=${String(cursor)}`}`,
      )
      seen.push((body['items'] as { id: string }[]).map(({ id }) => id))
      cursor = body['next_cursor']
    } while (cursor !== null)
    expect(seen).toEqual([['courier', 'invoice', 'nightly'], ['parcel']])
  })

  it('Should show input schema, schedule and triggers', async () => {
    const { call } = await serve()
    expect((await call('GET', '/workflows/parcel')).body).toEqual({
      id: 'parcel',
      version: '2.0.0',
      description: 'Waits for its delivery, then ends as the signal says',
      input_schema: expect.objectContaining({ type: 'object', required: ['weight'] }),
      schedule: null,
      triggers: [],
      tasks: [
        expect.objectContaining({ id: 'delivery', subject: 'deliver', awaits: true }),
        expect.objectContaining({ id: 'verdict', follows: [{ to: 'delivered', on: 'true' }] }),
        expect.objectContaining({ id: 'delivered', follows: [] }),
      ],
    })
    expect((await call('GET', '/workflows/nightly')).body).toMatchObject({
      schedule: { cron: '30 3 * * *', timezone: 'Europe/Lisbon', enabled: true },
    })
    expect((await call('GET', '/workflows/courier')).body).toMatchObject({
      input_schema: null,
      triggers: [{ type: 'signal', name: 'parcel.sent' }],
    })
  })

  it('Should name the nearest workflow for an unknown id', async () => {
    const { call } = await serve()
    const expected = problem(404, 'not_found', 'no workflow "parcle"; did you mean "parcel"?')
    expect(await call('GET', '/workflows/parcle')).toMatchObject(expected)
    expect(await call('POST', '/workflows/parcle/executions', {})).toMatchObject(expected)
  })

  it('Should lead from the latency of a request to the run that it started', async () => {
    const accept = 'application/openmetrics-text;version=1.0.0'
    const exemplars = async (monitoring: { exemplars: boolean }): Promise<string[]> => {
      const { app, start } = await serve({ monitoring })
      const execId = await start()
      const { body } = await app.inject({ url: '/metrics', headers: { accept } })
      const marked = body.split('\n').filter((line) => line.includes(` # {exec_id="${execId}"} `))
      return marked.map((line) => line.slice(0, line.indexOf(',le=')))
    }
    expect(await exemplars({ exemplars: true })).toEqual([
      'compozy_http_request_duration_seconds_bucket{method="POST",path="/api/v0/workflows/:workflow_id/executions"',
    ])
    expect(await exemplars({ exemplars: false })).toEqual([])
  })

  it('Should start a run and return its path', async () => {
    const { call } = await serve()
    const { status, body, headers } = await call('POST', '/workflows/parcel/executions', {
      input: { weight: 1 },
    })
    const exec_url = `/api/v0/executions/workflows/${String(body['exec_id'])}`
    expect([status, body]).toEqual([
      202,
      { exec_id: body['exec_id'], workflow_id: 'parcel', exec_url },
    ])
    expect(headers['location']).toBe(exec_url)
    expect((await call('GET', exec_url)).body).toMatchObject({
      status: 'running',
      input: { weight: 1, size: 'small' },
      tasks: {},
    })
  })

  it('Should start a run without a body when any input is allowed', async () => {
    const { call } = await serve()
    expect((await call('POST', '/workflows/courier/executions')).status).toBe(202)
    expect(await call('POST', '/workflows/parcel/executions')).toMatchObject(
      problem(400, 'input_invalid'),
    )
  })

  it('Should report every violation of an input and start nothing', async () => {
    const { call, executions } = await serve()
    const answer = await call('POST', '/workflows/parcel/executions', {
      input: { weight: -1, colour: 'red' },
    })
    expect(answer).toMatchObject(problem(400, 'input_invalid'))
    expect(answer.body['violations']).toHaveLength(2)
    expect(JSON.stringify(answer.body['violations'])).toMatch(/weight.*colour|colour.*weight/)
    expect((await executions.list({ limit: 10 })).items).toEqual([])
  })

  it('Should return the same run for the same key and refuse another input', async () => {
    const { call } = await serve()
    const send = (weight: number, key: string) =>
      call(
        'POST',
        '/workflows/parcel/executions',
        { input: { weight } },
        { 'idempotency-key': key },
      )
    const first = await send(1, 'a')
    expect((await send(1, 'a')).body).toEqual(first.body)
    expect((await send(1, 'b')).body['exec_id']).not.toBe(first.body['exec_id'])
    expect(await send(2, 'a')).toMatchObject(problem(409, 'conflict'))
    for (const key of ['', 'x'.repeat(256)]) {
      expect(await send(1, key)).toMatchObject(
        problem(400, 'input_invalid', expect.stringContaining('/headers/idempotency-key')),
      )
    }
  })

  it('Should count a key for the workflow, waited for or not, and not for another one', async () => {
    const { call, executions } = await serve()
    const headers = { 'idempotency-key': 'k' }
    const start = (path: string, input: object) =>
      call('POST', `/workflows/${path}`, { input }, headers)
    const first = await start('courier/executions', {})
    executions.end(String(first.body['exec_id']), { status: 'completed', output: 1 })
    const waited = await start('courier/executions/sync', {})
    expect([waited.status, waited.body['exec_id']]).toEqual([200, first.body['exec_id']])
    const other = await start('parcel/executions', { weight: 1 })
    expect([other.status, other.body['workflow_id']]).toEqual([202, 'parcel'])
  })

  it('Should let many clients wait at once without a warning', async () => {
    const warned = vi.fn<(warning: Error) => void>()
    process.on('warning', warned)
    onTestFinished(() => void process.off('warning', warned))
    const { call } = await serve()
    const answers = await Promise.all(
      Array.from({ length: 12 }, () =>
        call('POST', '/workflows/parcel/executions/sync?timeout=1', { input: { weight: 1 } }),
      ),
    )
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202))
    expect(warned).not.toHaveBeenCalled()
  })

  it.each(['completed', 'failed'] as const)('Should wait for a run to be %s', async (status) => {
    const { call, executions } = await serve({ config: {} })
    const waiting = call('POST', '/workflows/parcel/executions/sync', { input: { weight: 1 } })
    const started = async () => (await executions.list({ limit: 1 })).items[0]?.exec_id
    await expect.poll(started).toBeDefined()
    executions.end((await started())!, { status, output: status === 'completed' ? 'done' : null })
    const answer = await waiting
    expect(answer).toMatchObject({ status: 200, body: { status, tasks: {} } })
    expect(answer.body['output']).toBe(status === 'completed' ? 'done' : null)
  })

  it('Should answer 202 when the time is up and leave the run open', async () => {
    const { call, executions } = await serve()
    const waited: number[] = []
    executions.result = async (_execId, timeoutMs) => void waited.push(timeoutMs)
    const url = '/workflows/parcel/executions/sync?timeout=7'
    const { status, body, headers } = await call('POST', url, { input: { weight: 1 } })
    expect([status, body['exec_url'], waited]).toEqual([202, headers['location'], [7_000]])
    expect((await executions.describe(String(body['exec_id']))).status).toBe('running')
  })

  it.each(['temporal_unavailable', 'temporal_timeout', 'temporal_failed'] as const)(
    'Should answer 202 with the run when Temporal fails while it is waited for: %s',
    async (code) => {
      const warned: object[] = []
      const logger = { ...silentLogger, warn: (fields: object) => void warned.push(fields) }
      const { call, executions } = await serve({ logger })
      const error = new CompozyError(code, 'Temporal is gone')
      executions.result = () => Promise.reject(error)
      const url = '/workflows/parcel/executions/sync'
      const { status, body, headers } = await call('POST', url, { input: { weight: 1 } })
      const [run] = (await executions.list({ limit: 2 })).items
      const exec_url = `/api/v0/executions/workflows/${run!.exec_id}`
      expect([status, headers['location']]).toEqual([202, exec_url])
      expect(body).toEqual({ exec_id: run!.exec_id, workflow_id: 'parcel', exec_url })
      expect(run!.status).toBe('running')
      expect(warned).toEqual([{ exec_id: run!.exec_id, err: error }])
    },
  )

  it.each([
    ['a run that is gone', new CompozyError('not_found', 'no execution "parcel-1"'), 404],
    ['a defect', new TypeError('undefined is not a function'), 500],
  ])(
    'Should answer with a problem, not 202, where the wait ends by %s',
    async (_, error, status) => {
      const { call, executions } = await serve()
      executions.result = () => Promise.reject(error)
      const url = '/workflows/parcel/executions/sync'
      const answer = await call('POST', url, { input: { weight: 1 } })
      expect(answer).toMatchObject({ status, body: { status } })
      expect(answer.headers['location']).toBeUndefined()
    },
  )

  it('Should end the waits of pipelined requests with their connection', async () => {
    const { app, executions } = await serve()
    const signals: AbortSignal[] = []
    executions.result = async (_id, _ms, { signal } = {}) => {
      signals.push(signal!)
      await once(signal!, 'abort')
      throw new CompozyError('temporal_timeout', 'the call to Temporal was canceled')
    }
    await app.listen({ port: 0, host: '127.0.0.1' })
    onTestFinished(() => app.close())
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
    const request =
      'POST /api/v0/workflows/courier/executions/sync HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 0\r\n\r\n'
    socket.write(request + request)
    await expect.poll(() => signals.length).toBe(2)
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, false])
    socket.destroy()
    await expect.poll(() => signals.map(({ aborted }) => aborted)).toEqual([true, true])
  })

  it('Should answer with a problem where Temporal does not answer the start', async () => {
    const { call, executions } = await serve()
    executions.start = () =>
      Promise.reject(new CompozyError('temporal_timeout', 'Temporal did not answer in time'))
    for (const path of ['executions', 'executions/sync']) {
      const answer = await call('POST', `/workflows/parcel/${path}`, { input: { weight: 1 } })
      expect(answer).toMatchObject(problem(504, 'temporal_timeout'))
      expect(answer.headers['location']).toBeUndefined()
    }
  })

  it.each(['0', '301', 'soon', '1.5', ''])(
    'Should refuse to wait for timeout=%s',
    async (timeout) => {
      const { call, executions } = await serve()
      const url = `/workflows/parcel/executions/sync?timeout=${timeout}`
      expect(await call('POST', url, { input: { weight: 1 } })).toMatchObject(
        problem(400, 'input_invalid'),
      )
      expect((await executions.list({ limit: 1 })).items).toEqual([])
    },
  )

  it.each(['30s', '0', '301'])(
    'Should explain that the timeout is in seconds, up to 300, when it is %s',
    async (timeout) => {
      const { call } = await serve()
      const url = `/workflows/parcel/executions/sync?timeout=${timeout}`
      const { body } = await call('POST', url, { input: { weight: 1 } })
      expect(body['violations']).toEqual([
        {
          pointer: '/query/timeout',
          message: `is "${timeout}"; it must be a whole number from 1 to 300 (seconds to wait)`,
        },
      ])
    },
  )
})
