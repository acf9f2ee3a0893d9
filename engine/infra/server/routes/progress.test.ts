import { once } from 'node:events'
import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { defined } from '../../../core/defined.ts'
import { CompozyError } from '../../../core/errors.ts'
import type { Execution, Executions } from '../../../executions.ts'
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
  /** Listens, and returns a function that asks for a run and waits for its end. */
  async function listenForRuns() {
    const server = await createTestServer({ config: { drainTimeout: 600_000 } })
    const url = `${await server.listen()}/api/v0/workflows/courier/executions/sync?timeout=300`
    const send = (signal?: AbortSignal) =>
      fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{}',
        ...defined({ signal }),
      })
    const runs = async () => (await server.executions.list({ limit: 2 })).items
    return { ...server, send, runs }
  }

  /** Holds back each start until `release`; one that is given up fails as Temporal's call does. */
  function holdStarts(executions: Executions): { begun: () => boolean; release: () => void } {
    const { start } = executions
    let release = (): void => undefined
    const released = new Promise<void>((resolve) => (release = resolve))
    let isBegun = false
    executions.start = async (request, { signal } = {}) => {
      isBegun = true
      await Promise.race([released, ...(signal ? [once(signal, 'abort')] : [])])
      if (signal?.aborted === true)
        throw new CompozyError('temporal_timeout', 'the call to Temporal was canceled')
      return start(request)
    }
    return { begun: () => isBegun, release: () => release() }
  }

  it('Should answer 202 when the server closes', async () => {
    const { send, runs, close } = await listenForRuns()
    const waiting = send()
    await expect.poll(async () => (await runs()).length).toBe(1)
    await close()
    expect((await waiting).status).toBe(202)
  })

  it('Should answer 202 with the run when the server closes before Temporal has stored it', async () => {
    const { send, runs, close, app, executions } = await listenForRuns()
    const starts = holdStarts(executions)
    const waiting = send()
    await expect.poll(starts.begun).toBe(true)
    const closing = close()
    await expect.poll(() => app.server.listening).toBe(false)
    expect(await runs()).toEqual([])
    starts.release()
    const reply = await waiting
    const [run] = await runs()
    const exec_url = `/api/v0/executions/workflows/${run!.exec_id}`
    expect([reply.status, reply.headers.get('location')]).toEqual([202, exec_url])
    expect(await reply.json()).toMatchObject({ exec_id: run!.exec_id, exec_url })
    await closing
  })

  it('Should start the run and not wait for it when its client disconnects', async () => {
    const { send, runs, app, executions } = await listenForRuns()
    const starts = holdStarts(executions)
    const { result } = executions
    let waited: AbortSignal | undefined
    executions.result = (execId, timeoutMs, options) => {
      waited = options?.signal
      return result(execId, timeoutMs, options)
    }
    const client = new AbortController()
    const connected = once(app.server, 'connection') as Promise<[Socket]>
    const gone = send(client.signal).catch((error: unknown) => (error as Error).name)
    const [socket] = await connected
    await expect.poll(starts.begun).toBe(true)
    const closed = once(socket, 'close')
    client.abort()
    expect(await gone).toBe('AbortError')
    await closed
    starts.release()
    await expect.poll(() => waited?.aborted).toBe(true)
    expect(await runs()).toMatchObject([{ workflow_id: 'courier', status: 'running' }])
  })
})
