import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { CompozyError } from '../../../core/errors.ts'
import type { Execution } from '../../../executions.ts'
import type { TaskView } from '../../../definition/run-protocol.ts'
import { problem, serve } from '../testing/client.ts'
import { createTestServer } from '../testing/server.ts'

const running = { type: 'basic', status: 'running', attempts: 1, started_at: 0 } as const
const completed = { ...running, status: 'completed', ended_at: 1_000 } as const

/** The events of a stream: name and data, and its comments. */
function eventsOf(text: string): [string, unknown][] {
  return text
    .split('\n\n')
    .filter((block) => block !== '')
    .map((block): [string, unknown] => {
      const [, name, data] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? []
      return name === undefined ? ['comment', block] : [name, JSON.parse(data!)]
    })
}

/** A run whose tasks look like this at each look, and which then completes. */
async function watched(looks: readonly Record<string, TaskView>[]) {
  const served = await serve()
  const { executions, start, app } = served
  const id = await start()
  const open = await executions.describe(id)
  let look = 0
  executions.view = async () => ({
    tasks: looks[look]!,
    waiting_for: [],
    pending_signals: 0,
    as_of: 0,
  })
  executions.result = async (): Promise<Execution | undefined> => {
    if (++look < looks.length) return undefined
    return { ...open, status: 'completed', output: 7, tasks: {}, closed_at: open.started_at }
  }
  const reply = await app.inject(`/api/v0/executions/workflows/${id}/events`)
  return { reply, events: eventsOf(reply.body), id }
}

describe('GET /executions/workflows/:exec_id/events', () => {
  it('Should send the state of each task, every change and the end', async () => {
    const { reply, events, id } = await watched([
      { pay: running },
      { pay: running, all: { ...running, type: 'parallel', tasks: { one: running } } },
      {
        pay: completed,
        all: { ...running, type: 'parallel', tasks: { one: { ...running, attempts: 2 } } },
      },
    ])
    expect(reply.headers['content-type']).toBe('text/event-stream; charset=utf-8')
    const at = { started_at: '1970-01-01T00:00:00.000Z' }
    expect(events).toEqual([
      ['task', { id: 'pay', ...running, ...at }],
      ['task', { id: 'all', ...running, type: 'parallel', ...at }],
      ['task', { id: 'all/one', ...running, ...at }],
      ['task', { id: 'pay', ...completed, ...at, ended_at: '1970-01-01T00:00:01.000Z' }],
      ['task', { id: 'all/one', ...running, ...at, attempts: 2 }],
      ['end', expect.objectContaining({ exec_id: id, status: 'completed', output: 7 })],
    ])
  })

  it('Should mark the tasks that a repetition was given by the run that it repeats', async () => {
    const carriedIn = async (rerun_of: string | null) => {
      const { app, executions, start } = await serve()
      const id = await start()
      const open = await executions.describe(id)
      const at = Date.parse(open.started_at)
      const own = { ...completed, started_at: at, ended_at: at + 5 }
      const all = { ...own, type: 'parallel', tasks: { old: completed, own } } as const
      const closed = { ...open, status: 'completed', closed_at: open.started_at } as const
      executions.describe = async () => ({ ...closed, rerun_of, tasks: { pay: completed, all } })
      const { body } = await app.inject(`/api/v0/executions/workflows/${id}/events`)
      const tasks = eventsOf(body).filter(([name]) => name === 'task')
      return (tasks as [string, { id: string; carried?: true }][]).flatMap(([, task]) =>
        task.carried === true ? [task.id] : [],
      )
    }
    expect(await carriedIn('parcel-1')).toEqual(['pay', 'all/old'])
    expect(await carriedIn(null)).toEqual([])
  })

  it('Should send the end of a closed run at once', async () => {
    const { app, executions, start } = await serve()
    const id = await start()
    executions.end(id, { status: 'failed', tasks: { pay: completed } })
    const { body } = await app.inject(`/api/v0/executions/workflows/${id}/events`)
    expect(eventsOf(body).map(([name]) => name)).toEqual(['task', 'end'])
  })

  it('Should send comments while nothing happens', async () => {
    const { events } = await watched(Array.from({ length: 31 }, () => ({ pay: running })))
    expect(events.map(([name]) => name)).toEqual(['task', 'comment', 'comment', 'end'])
  })

  it('Should answer 404 for an unknown run', async () => {
    const { call } = await serve()
    expect(await call('GET', '/executions/workflows/nobody/events')).toMatchObject(
      problem(404, 'not_found'),
    )
  })

  it('Should close without an end event when Temporal fails, so that the client connects again', async () => {
    const { app, executions, start } = await serve()
    const id = await start()
    executions.view = async () => ({
      tasks: { pay: running },
      waiting_for: [],
      pending_signals: 0,
      as_of: 0,
    })
    executions.result = () => Promise.reject(new CompozyError('temporal_unavailable', 'gone'))
    const { body } = await app.inject(`/api/v0/executions/workflows/${id}/events`)
    expect(eventsOf(body).map(([name]) => name)).toEqual(['task'])
  })

  it('Should not answer HEAD', async () => {
    const { app, start } = await serve()
    const url = `/api/v0/executions/workflows/${await start()}/events`
    expect((await app.inject({ method: 'HEAD', url })).statusCode).toBe(405)
  })
})

/** A server with one open run that somebody watches. */
async function listenWatched() {
  const server = await createTestServer({ config: { drainTimeout: 600_000 } })
  const { executions } = server
  const { exec_id } = await executions.start({
    workflowId: 'courier',
    input: {},
    trigger: { type: 'api' },
  })
  executions.view = async () => ({
    tasks: { pay: running },
    waiting_for: [],
    pending_signals: 0,
    as_of: 0,
  })
  let signal: AbortSignal | undefined
  executions.result = async (_id, _ms, given) => {
    signal = given!.signal!
    if (!signal.aborted) await once(signal, 'abort')
    throw new CompozyError('temporal_timeout', 'given up')
  }
  const client = new AbortController()
  const url = `${await server.listen()}/api/v0/executions/workflows/${exec_id}/events`
  const reply = await fetch(url, { signal: client.signal })
  await expect.poll(() => signal).toBeDefined()
  return { ...server, client, reply, signal: () => signal!, exec_id }
}

describe('a stream of events', () => {
  it('Should stop when its client disconnects', async () => {
    const { client, signal } = await listenWatched()
    expect(signal().aborted).toBe(false)
    client.abort()
    await expect.poll(() => signal().aborted).toBe(true)
  })

  it('Should end when the server closes', async () => {
    const { reply, close } = await listenWatched()
    const text = reply.text()
    await close()
    expect(eventsOf(await text).map(([name]) => name)).toEqual(['task'])
  })
})

describe('POST /workflows/:workflow_id/executions/sync', () => {
  it('Should answer 202 when the server closes', async () => {
    const server = await createTestServer({ config: { drainTimeout: 600_000 } })
    const url = `${await server.listen()}/api/v0/workflows/courier/executions/sync?timeout=300`
    const waiting = fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    })
    const open = async () => (await server.executions.list({ limit: 1 })).items.length
    await expect.poll(open).toBe(1)
    await server.close()
    expect((await waiting).status).toBe(202)
  })
})
