import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { CompozyError } from '../../../core/errors.ts'
import { silentLogger } from '../../../core/logger.ts'
import type { RunLogLine } from '../../../run-logs.ts'
import { createRunLogStore } from '../../run-logs/index.ts'
import { problem, serve } from '../testing/client.ts'

const line = (text: string, fields: Partial<RunLogLine> = {}): RunLogLine => ({
  at: 0,
  task: 'charge',
  attempt: 1,
  tool: 'pay',
  stream: 'info',
  text,
  ...fields,
})

async function serveLogs(config: Record<string, unknown> = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'logs-route-'))
  const open = () =>
    createRunLogStore({
      dir,
      maxBytes: 1 << 30,
      logger: silentLogger,
      onDropped: () => undefined,
    })
  const logs = open()
  onTestFinished(async () => {
    await logs.close()
    rmSync(dir, { recursive: true, force: true })
  })
  const server = await serve({ config, api: { logs } })
  const exec_id = await server.start()
  /** Prints as another process does. */
  const print = async (...lines: readonly RunLogLine[]) => {
    const writer = open()
    for (const each of lines) writer.append(exec_id, each)
    await writer.close()
  }
  const path = `/executions/workflows/${exec_id}/logs`
  const get = (query = '') => server.call('GET', `${path}${query}`)
  const texts = async (query = '') =>
    ((await get(query)).body['items'] as { text: string }[]).map(({ text }) => text)
  const listen = () => server.app.listen({ port: 0, host: '127.0.0.1' })
  const end = () => server.call('POST', `/executions/workflows/${exec_id}/cancel`)
  return { ...server, exec_id, print, get, texts, listen, end, path: `/api/v0${path}` }
}

/** Reads a stream of events to its end, or until `enough`. */
async function readEvents(
  url: string,
  {
    headers = {},
    enough = () => false,
    onText = () => undefined,
  }: {
    headers?: Record<string, string>
    enough?: (text: string) => boolean
    onText?: (text: string) => void
  } = {},
): Promise<{ type: string; id: string | undefined; data: Record<string, unknown> }[]> {
  const abort = new AbortController()
  const reply = await fetch(url, { headers, signal: abort.signal })
  expect(reply.headers.get('content-type')).toContain('text/event-stream')
  let text = ''
  const decoder = new TextDecoder()
  for await (const bytes of reply.body!) {
    text += decoder.decode(bytes, { stream: true })
    onText(text)
    if (enough(text)) break
  }
  abort.abort()
  return text.split('\n\n').flatMap((block) => {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
    const [type, data] = [field('event'), field('data')]
    return type === undefined ? [] : [{ type, id: field('id'), data: JSON.parse(data ?? '{}') }]
  })
}

describe('logs of a run', () => {
  it('Should be listed with run, task, attempt, stream and time', async () => {
    const { get, print, exec_id } = await serveLogs()
    await print(line('paying', { cutCharacters: 3, leftOut: 2 }))
    const { status, body } = await get()
    expect(status).toBe(200)
    expect(body).toEqual({
      items: [
        {
          exec_id,
          task_id: 'charge',
          attempt: 1,
          tool: 'pay',
          stream: 'info',
          time: '1970-01-01T00:00:00.000Z',
          text: 'paying',
          cut_characters: 3,
          lines_left_out: 2,
        },
      ],
      next_cursor: null,
      resume_cursor: expect.any(String),
      status: 'running',
    })
  })

  it('Should be filtered, paged and read from their end', async () => {
    const { get, texts, print } = await serveLogs()
    await print(
      line('one'),
      line('two', { stream: 'stderr' }),
      line('three', { attempt: 2 }),
      line('four', { task: 'all/ship' }),
    )
    expect(await texts('?stream=stderr')).toEqual(['two'])
    expect(await texts('?attempt=2')).toEqual(['three'])
    expect(await texts('?task=all/ship')).toEqual(['four'])
    expect(await texts('?tail=2')).toEqual(['three', 'four'])
    const first = await get('?limit=3')
    const next = String(first.body['next_cursor'])
    expect(await texts(`?cursor=${next}`)).toEqual(['four'])
    const { body } = await get()
    await print(line('five', { at: 5 }))
    expect(await texts(`?cursor=${String(body['resume_cursor'])}`)).toEqual(['five'])
  })

  it('Should be limited on a page, and neither in a tail nor in a stream', async () => {
    const { texts, print, listen, end, path } = await serveLogs()
    await print(line('one'), line('two', { at: 1 }), line('three', { at: 2 }))
    await end()
    expect(await texts('?limit=1')).toEqual(['one'])
    expect(await texts('?limit=1&tail=2')).toEqual(['two', 'three'])
    const events = await readEvents(`${await listen()}${path}?follow=1&limit=1`)
    expect(events.map(({ type }) => type)).toEqual(['log', 'log', 'log', 'end'])
  })

  it('Should be 400 for a bad query', async () => {
    const { get } = await serveLogs()
    const queries = ['limit=0', 'limit=1001', 'tail=-1', 'stream=loud', 'attempt=0', 'follow=yes']
    for (const query of [...queries, 'cursor=..', 'colour=red', 'tail=1&cursor=start'])
      expect(await get(`?${query}`), query).toMatchObject(problem(400, 'input_invalid'))
  })

  it('Should be 404 for a run that does not exist, and where no logs are kept', async () => {
    const { call } = await serveLogs()
    expect(await call('GET', '/executions/workflows/none/logs')).toMatchObject(
      problem(404, 'not_found', expect.stringContaining('none')),
    )
    const without = await serve()
    const exec_id = await without.start()
    expect(await without.call('GET', `/executions/workflows/${exec_id}/logs`)).toMatchObject(
      problem(404, 'not_found', expect.stringContaining('logs.dir')),
    )
  })
})

describe('logs that are followed', () => {
  it('Should send what another process prints, then the end of the run', async () => {
    const { listen, print, end, path, exec_id } = await serveLogs()
    await print(line('before'))
    const url = `${await listen()}${path}?follow=1`
    let step = 0
    const events = await readEvents(url, {
      onText(text) {
        if (step === 0 && text.includes('before')) {
          step = 1
          void print(line('during', { at: 1 }))
        } else if (step === 1 && text.includes('during')) {
          step = 2
          void print(line('last', { at: 2 })).then(end)
        }
      },
    })
    expect(events.map(({ type, data }) => data['text'] ?? type)).toEqual([
      'before',
      'during',
      'last',
      'end',
    ])
    expect(events.at(-1)?.data).toEqual({ exec_id, status: 'canceled' })
  })

  it('Should go on after Last-Event-ID, and begin with the last lines when asked', async () => {
    const { listen, print, end, path } = await serveLogs()
    await print(line('one'), line('two', { at: 1 }), line('three', { at: 2 }))
    await end()
    const url = `${await listen()}${path}?follow=1`
    const all = await readEvents(url)
    const headers = { 'last-event-id': String(all[0]?.id) }
    expect(all.map(({ type, id }) => [type, id !== undefined])).toEqual([
      ...['log', 'log', 'log'].map((type) => [type, true]),
      ['end', false],
    ])
    const texts = (events: typeof all) => events.map(({ data }) => data['text'] ?? data['status'])
    expect(texts(await readEvents(url, { headers }))).toEqual(['two', 'three', 'canceled'])
    expect(texts(await readEvents(`${url}&tail=1`))).toEqual(['three', 'canceled'])
    expect(texts(await readEvents(`${url}&tail=0`))).toEqual(['canceled'])
  })

  it.each(['follow=1', 'follow=true', 'follow=%31', '%66ollow=tru%65'])(
    'Should end the stream when the server closes: %s',
    async (query) => {
      const { listen, print, path, app } = await serveLogs()
      await print(line('one'))
      const { body } = await fetch(`${await listen()}${path}?${query}`)
      const reader = body!.pipeThrough(new TextDecoderStream()).getReader()
      let text = ''
      while (!text.includes('one')) text += (await reader.read()).value ?? ''
      const closing = app.close()
      let isDone = false
      while (!isDone) isDone = (await reader.read()).done
      expect(isDone).toBe(true)
      // The client would keep its connection.
      app.server.closeAllConnections()
      await closing
    },
  )

  it.each([
    ['be cut off without an end when the run is gone', 'not_found', ['log']],
    ['go on to the end after Temporal has failed', 'temporal_unavailable', ['log', 'end']],
  ] as const)('Should %s', async (_, code, types) => {
    const { listen, print, executions, exec_id, path } = await serveLogs()
    await print(line('one'))
    const open = await executions.describe(exec_id)
    let fails = true
    executions.result = async () => {
      if (!fails) return { ...open, status: 'completed' }
      fails = false
      throw new CompozyError(code, 'no')
    }
    const events = await readEvents(`${await listen()}${path}?follow=1`)
    expect(events.map(({ type }) => type)).toEqual(types)
  })

  it('Should be a problem for a wrong Last-Event-ID, and past the limit of streams', async () => {
    const { listen, get, path, call, exec_id } = await serveLogs({ maxStreams: 1 })
    const wrong = { 'last-event-id': 'x' }
    const query = `/executions/workflows/${exec_id}/logs?follow=1`
    expect(await call('GET', query, undefined, wrong)).toMatchObject(problem(400, 'input_invalid'))
    const url = `${await listen()}${path}?follow=1`
    await readEvents(url, {
      enough: () => true,
      onText: () => undefined,
      headers: {},
    })
    // The server learns a moment later that the first has gone.
    const open = await vi.waitUntil(async () => {
      const reply = await fetch(url)
      return reply.status === 200 && reply
    })
    expect(await get('?follow=1')).toMatchObject(problem(429, 'limit_reached'))
    await open.body?.cancel()
    expect((await get()).status).toBe(200)
  })
})
