import type { TaskState } from './execution-view.ts'
import { CompozyError } from '../../../core/errors.ts'
import { boundView } from '../../../interpreter/size/bounded-view.ts'
import type { Executions, ExecutionSummary } from '../../../executions.ts'
import { describe, expect, it } from 'vitest'
import type { TaskRecord } from '../../../definition/run-records.ts'
import { Journal } from '../../temporal/records/journal.ts'
import { problem, serve } from '../testing/client.ts'

const removedRun: ExecutionSummary = {
  exec_id: 'gone-1',
  run_id: 'run-1',
  workflow_id: 'gone',
  status: 'completed',
  started_at: '2026-01-01T00:00:00.000Z',
  closed_at: '2026-01-01T00:00:01.000Z',
  error: null,
  rerun_of: 'parcel-forgotten',
  child_of: null,
}

/** Lets every list be of one run of a workflow that is no longer in the files. */
function listRemoved(executions: Executions): void {
  executions.list = async ({ workflow_id = 'gone', status, rerun_of, cursor }) => {
    const isListed =
      cursor === undefined &&
      workflow_id === 'gone' &&
      status?.includes('completed') !== false &&
      (rerun_of ?? removedRun.rerun_of) === removedRun.rerun_of
    return { items: isListed ? [removedRun] : [], next_cursor: isListed ? 'more' : null }
  }
}

describe('executions', () => {
  it('Should be listed newest first, filtered, in pages', async () => {
    const { call, start, executions } = await serve()
    const ids = [await start(), await start(), await start()]
    executions.end(ids[0]!, { status: 'completed' })
    const idsOf = ({ body }: { body: Record<string, unknown> }) =>
      (body['items'] as { exec_id: string }[]).map(({ exec_id }) => exec_id)
    const first = await call('GET', '/executions/workflows?limit=2')
    expect(idsOf(first)).toEqual([ids[2], ids[1]])
    const next = `cursor=${encodeURIComponent(String(first.body['next_cursor']))}`
    const second = await call('GET', `/executions/workflows?limit=2&${next}`)
    expect([idsOf(second), second.body['next_cursor']]).toEqual([[ids[0]], null])
    expect(idsOf(await call('GET', '/executions/workflows?status=completed'))).toEqual([ids[0]])
    expect(idsOf(await call('GET', '/executions/workflows?workflow_id=courier'))).toEqual([])
    const { started_at } = await executions.describe(ids[1]!)
    expect(
      idsOf(await call('GET', `/executions/workflows?from=${started_at}&to=${started_at}`)),
    ).toEqual([ids[1]])
  })

  it.each([
    ['limit=0', '/query/limit'],
    ['limit=201', '/query/limit'],
    ['limit=ten', '/query/limit'],
    ['limit=1&limit=2', '/query/limit'],
    ['status=paused', '/query/status/0'],
    ['status=', '/query/status/0'],
    ['closed_from=noon', '/query/closed_from'],
    ['from=yesterday', '/query/from'],
    ['to=2026-02-30T00:00:00Z', '/query/to'],
    ['workflow_id=', '/query/workflow_id'],
    ['colour=red', '/query'],
  ])('Should refuse the query %s', async (query, pointer) => {
    const { call } = await serve()
    const answer = await call('GET', `/executions/workflows?${query}`)
    expect(answer).toMatchObject(problem(400, 'input_invalid', expect.stringContaining(pointer)))
    expect(answer.body['violations']).toMatchObject([{ pointer }])
  })

  it.each(['/workflows', '/executions/workflows', '/schedules', '/tools'])(
    'Should refuse a cursor that %s did not return',
    async (path) => {
      const { call } = await serve()
      for (const cursor of ['nonsense', '!!!', 'LTE']) {
        expect(await call('GET', `${path}?cursor=${cursor}`)).toMatchObject(
          problem(400, 'input_invalid'),
        )
      }
    },
  )

  it('Should answer 404 with the nearest name for a filter by an unknown workflow', async () => {
    const { call } = await serve()
    expect(await call('GET', '/executions/workflows?workflow_id=parcle')).toMatchObject(
      problem(404, 'not_found', 'no workflow "parcle"; did you mean "parcel"?'),
    )
    const known = await call('GET', '/executions/workflows?workflow_id=parcel')
    expect(known).toMatchObject({ status: 200, body: { items: [] } })
  })

  it.each([
    ['workflow_id=gone', 1],
    ['workflow_id=gone&cursor=more', 0],
    ['workflow_id=gone&status=failed', 0],
    ['rerun_of=parcel-forgotten', 1],
    ['rerun_of=parcel-forgotten&cursor=more', 0],
    ['rerun_of=parcel-forgotten&status=failed', 0],
  ])('Should list what a removed workflow or a forgotten run has: %s', async (query, length) => {
    const { call, executions } = await serve()
    listRemoved(executions)
    const { status, body } = await call('GET', `/executions/workflows?${query}`)
    expect([status, (body['items'] as unknown[]).length]).toEqual([200, length])
  })

  it.each(['workflow_id=gnoe&status=failed', 'rerun_of=parcel-none&status=failed'])(
    'Should answer 404 for a name that nothing has: %s',
    async (query) => {
      const { call, executions } = await serve()
      listRemoved(executions)
      expect(await call('GET', `/executions/workflows?${query}`)).toMatchObject(
        problem(404, 'not_found'),
      )
    },
  )

  it('Should find nothing to repeat where no run of a removed workflow failed', async () => {
    const { call, executions } = await serve()
    listRemoved(executions)
    const rerun = (workflow_id: string) =>
      call('POST', '/executions/workflows/rerun', { filter: { workflow_id }, dry_run: true })
    expect(await rerun('gone')).toMatchObject({ status: 200, body: { items: [] } })
    expect(await rerun('gnoe')).toMatchObject(problem(404, 'not_found'))
  })

  it('Should answer 404 where a bulk repetition names an unknown workflow', async () => {
    const { call } = await serve()
    const rerun = (workflow_id: string) =>
      call('POST', '/executions/workflows/rerun', { filter: { workflow_id }, dry_run: true })
    expect(await rerun('parcle')).toMatchObject(
      problem(404, 'not_found', 'no workflow "parcle"; did you mean "parcel"?'),
    )
    expect(await rerun('parcel')).toMatchObject({ status: 200, body: { items: [] } })
  })

  it('Should answer 404 for the repetitions of an unknown run, and none for a known one', async () => {
    const { call, start } = await serve()
    const id = await start()
    const known = await call('GET', `/executions/workflows?rerun_of=${id}`)
    expect(known).toMatchObject({ status: 200, body: { items: [] } })
    const unknown = await call('GET', '/executions/workflows?rerun_of=nothing')
    expect(unknown).toMatchObject({ status: 404, body: { code: 'not_found' } })
  })

  it('Should show 20 repetitions of a run, none while Temporal lists none, and list them all', async () => {
    const { call, start, executions } = await serve()
    const execId = await start()
    executions.end(execId, { status: 'completed' })
    for (let i = 0; i < 21; i++)
      await executions.rerun({ execId, from: 'start', definition: 'current' })
    const countOf = async (path: string, field: string) =>
      ((await call('GET', `/executions/workflows${path}`)).body[field] as unknown[]).length
    expect(await countOf(`/${execId}`, 'reruns')).toBe(20)
    expect(await countOf(`?rerun_of=${execId}`, 'items')).toBe(21)
    executions.list = () => Promise.reject(new CompozyError('temporal_timeout', 'too late'))
    expect(await countOf(`/${execId}`, 'reruns')).toBe(0)
  })

  it('Should show a run whose tasks no worker reports', async () => {
    const { call, start, executions } = await serve()
    const id = await start()
    executions.view = () => Promise.reject(new Error('no worker'))
    const url = `/executions/workflows/${id}`
    expect(await call('GET', url)).toMatchObject({
      status: 200,
      body: { exec_id: id, tasks: null },
    })
    // Whether the run has the task, only a worker knows.
    expect(await call('GET', `${url}?task=pay`)).toMatchObject(problem(503, 'unavailable'))
  })

  it('Should ask a worker for the tasks of a closed run that keeps none', async () => {
    const { call, start, executions } = await serve()
    const id = await start()
    executions.end(id, { status: 'completed', output: 1, tasks: null })
    const pay = { type: 'basic', status: 'completed', attempts: 1 } as const
    executions.view = async (_, options) => ({
      ...boundView({ pay }, options),
      waiting_for: [],
      pending_signals: 0,
      as_of: 1_500,
    })
    const url = `/executions/workflows/${id}`
    expect((await call('GET', url)).body['tasks']).toEqual({ pay })
    expect((await call('GET', `${url}?task=pay`)).body['tasks']).toEqual({ pay })
    expect(await call('GET', `${url}?task=none`)).toMatchObject(problem(404, 'not_found'))
  })

  it('Should show the tasks of a run as they were when it was terminated, not later', async () => {
    const { call, start, executions } = await serve()
    const id = await start()
    executions.end(id, { status: 'terminated', tasks: null })
    const ship = { type: 'basic', status: 'running', attempts: 1 } as const
    let as_of = Date.now() + 600_000
    executions.view = async (_, options) => ({
      ...boundView({ ship }, options),
      waiting_for: [],
      pending_signals: 0,
      as_of,
    })
    const shown = (await call('GET', `/executions/workflows/${id}`)).body
    const pay = { ...ship, status: 'canceled', ended_at: shown['closed_at'] }
    expect(shown).toMatchObject({ tasks: { ship: pay }, as_of: shown['closed_at'] })
    as_of = 1_500
    const earlier = (await call('GET', `/executions/workflows/${id}`)).body
    expect(earlier).toMatchObject({ tasks: { ship: pay }, as_of: shown['closed_at'] })
  })

  it.each(['terminated', 'timed_out', 'running'] as const)(
    'Should show what ran in a run that is %s as its records do',
    async (status) => {
      const { call, start, executions } = await serve()
      const id = await start()
      if (status !== 'running') executions.end(id, { status, tasks: null })
      const at = { attempts: 1, started_at: 0 } as const
      const tasks = {
        done: { ...at, type: 'basic', status: 'completed', ended_at: 7 },
        later: { type: 'basic', status: 'pending', attempts: 0 },
        all: {
          ...at,
          type: 'parallel',
          status: 'running',
          tasks: { pay: { ...at, type: 'basic', status: 'running' } },
          counts: { running: 2, canceled: 1, completed: 3 },
        },
      } as const
      const counts = { running: 1, completed: 1, pending: 1 }
      executions.view = async () => ({
        tasks,
        counts,
        waiting_for: [],
        pending_signals: 0,
        as_of: 0,
      })
      const journal = new Journal()
      journal.taskStarted({ key: 'all', path: 'all', type: 'parallel', visit: 1 }, 0)
      journal.taskStarted({ key: 'all/pay', path: 'all/pay', type: 'basic', visit: 1 }, 0)
      const { closed_at } = await executions.describe(id)
      if (closed_at !== null) journal.closeOpenTasks(Date.parse(closed_at))
      const stateOf = ({ status: own, ended_at }: TaskState) => [own, ended_at ?? null]
      const recordOf = ({ status: own, ended_at }: TaskRecord) => [
        own,
        ended_at === null ? null : new Date(ended_at).toISOString(),
      ]

      const { body } = await call('GET', `/executions/workflows/${id}`)
      const shown = body['tasks'] as Record<string, TaskState>
      const { all, done, later } = shown
      expect([all, all?.tasks?.['pay']].map((task) => stateOf(task!))).toEqual(
        journal.read().tasks.map(recordOf),
      )
      expect([done, later].map((task) => task?.status)).toEqual(['completed', 'pending'])
      expect(done?.ended_at).toBe('1970-01-01T00:00:00.007Z')
      const isOpen = status === 'running'
      expect(all?.counts).toEqual(isOpen ? tasks.all.counts : { canceled: 3, completed: 3 })
      expect(body['counts']).toEqual(isOpen ? counts : { canceled: 1, completed: 1, pending: 1 })
    },
  )

  it('Should show the tasks of an open run with times in RFC 3339', async () => {
    const { call, start, executions } = await serve()
    const id = await start()
    const pay = { type: 'basic', status: 'running', attempts: 1, started_at: 0 } as const
    const tasks = {
      all: { type: 'parallel', status: 'running', attempts: 1, tasks: { pay } },
    } as const
    executions.view = async () => ({ tasks, waiting_for: [], pending_signals: 0, as_of: 0 })
    expect((await call('GET', `/executions/workflows/${id}`)).body['tasks']).toEqual({
      all: { ...tasks.all, tasks: { pay: { ...pay, started_at: '1970-01-01T00:00:00.000Z' } } },
    })
  })

  it('Should show the tasks of a closed run without asking a worker', async () => {
    const { call, start, executions } = await serve()
    const id = await start()
    const pay = {
      type: 'basic',
      status: 'completed',
      attempts: 2,
      started_at: 0,
      ended_at: 1_500,
    } as const
    executions.end(id, { status: 'completed', output: 1, tasks: { pay } })
    executions.view = () => Promise.reject(new Error('must not be asked'))
    expect((await call('GET', `/executions/workflows/${id}`)).body['tasks']).toEqual({
      pay: { ...pay, started_at: '1970-01-01T00:00:00.000Z', ended_at: '1970-01-01T00:00:01.500Z' },
    })
  })

  it('Should not take the few children that a result keeps for all of them', async () => {
    const { call, start, executions } = await serve()
    const id = await start()
    const item = { type: 'aggregate', status: 'completed', attempts: 1 } as const
    const each = {
      type: 'collection',
      status: 'completed',
      attempts: 1,
      counts: { completed: 5_000 },
      tasks: { first: item },
    } as const
    executions.end(id, { status: 'completed', output: 1, tasks: { each } })
    executions.view = () => Promise.reject(new Error('no worker'))
    const url = `/executions/workflows/${id}`
    const refused = problem(503, 'unavailable')
    expect(await call('GET', `${url}?task=each/last`)).toMatchObject(refused)
    expect(await call('GET', `${url}?task=each&cursor=100`)).toMatchObject(refused)
    expect((await call('GET', url)).body['tasks']).toMatchObject({
      each: { counts: { completed: 5_000 } },
    })
  })

  it('Should ask a worker for the tasks of a closed run that has more than a result keeps', async () => {
    const { call, start, executions } = await serve()
    const id = await start()
    const task = { type: 'basic', status: 'completed', attempts: 1 } as const
    const all = Object.fromEntries(Array.from({ length: 320 }, (_, at) => [`t${at}`, task]))
    executions.end(id, { status: 'completed', output: 1, tasks: boundView(all).tasks })
    const url = `/executions/workflows/${id}`
    executions.view = async (_, options) => ({
      ...boundView(all, options),
      waiting_for: [],
      pending_signals: 0,
      as_of: 1_500,
    })
    const { body } = await call('GET', url)
    expect(Object.keys(body['tasks'] as object)).toHaveLength(200)
    expect(body).toMatchObject({ counts: { completed: 320 }, next_cursor: '200' })
    expect((await call('GET', `${url}?task=t319`)).body['tasks']).toEqual({ t319: task })

    executions.view = () => Promise.reject(new Error('no worker'))
    const kept = (await call('GET', url)).body
    expect(Object.keys(kept['tasks'] as object)).toHaveLength(200)
    // There may be more; how many, only a worker knows.
    expect(kept).toMatchObject({ next_cursor: '200' })
    expect(kept).not.toHaveProperty('counts')
    const refused = problem(503, 'unavailable')
    expect(await call('GET', `${url}?task=t319`)).toMatchObject(refused)
    expect(await call('GET', `${url}?cursor=200`)).toMatchObject(refused)
  })

  it('Should answer from a result that keeps every task, without a worker', async () => {
    const { call, start, executions } = await serve()
    const id = await start()
    const pay = { type: 'basic', status: 'completed', attempts: 1 } as const
    executions.end(id, { status: 'completed', output: 1, tasks: { pay } })
    executions.view = () => Promise.reject(new Error('no worker'))
    const url = `/executions/workflows/${id}`
    expect((await call('GET', url)).body).not.toHaveProperty('next_cursor')
    expect((await call('GET', `${url}?task=pay`)).body['tasks']).toEqual({ pay })
    expect(await call('GET', `${url}?task=none`)).toMatchObject(problem(404, 'not_found'))
  })

  it('Should show one task with its children page by page, and say when they were so', async () => {
    const { call, start, executions } = await serve()
    const id = await start()
    const item = { type: 'basic', status: 'completed', attempts: 1 } as const
    const tasks = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [String(at), item]))
    const each = { type: 'collection', status: 'running', attempts: 1, tasks } as const
    executions.view = async (_, options) => {
      const view = boundView({ each }, options)
      return { ...view, waiting_for: [], pending_signals: 0, as_of: 1_500 }
    }
    const url = `/executions/workflows/${id}`
    const states = async (query: string) => {
      const { body } = await call('GET', `${url}${query}`)
      const { each: shown } = body['tasks'] as { each: TaskState }
      return [Object.keys(shown.tasks!).length, shown.next_cursor, shown.counts, body['as_of']]
    }
    const counts = { completed: 300 }
    const asOf = '1970-01-01T00:00:01.500Z'
    expect(await states('')).toEqual([50, '50', counts, asOf])
    expect(await states('?task=each&cursor=50')).toEqual([200, '250', counts, asOf])
    expect(await states('?task=each&cursor=250')).toEqual([50, undefined, counts, asOf])
    expect(await call('GET', `${url}?task=none`)).toMatchObject(problem(404, 'not_found'))
    expect(await call('GET', `${url}?cursor=-1`)).toMatchObject(problem(400, 'input_invalid'))
  })

  it.each([
    ['cancel', undefined, 'canceled', 'the run was canceled'],
    ['terminate', undefined, 'terminated', 'terminated through the API'],
    ['terminate', { reason: 'wrong address' }, 'terminated', 'wrong address'],
  ])('Should %s a run with the body %j once', async (verb, body, status, message) => {
    const { call, start, executions } = await serve()
    const id = await start()
    const url = `/executions/workflows/${id}/${verb}`
    expect(await call('POST', url, body)).toMatchObject({ status: 202, body: { exec_id: id } })
    expect(await executions.describe(id)).toMatchObject({ status, error: { message } })
    expect(await call('POST', url, body)).toMatchObject(
      problem(409, 'conflict', expect.stringContaining(status)),
    )
  })

  it('Should pass the body of a signal on as its payload', async () => {
    const { call, start, executions } = await serve()
    const id = await start()
    const seen: unknown[] = []
    executions.signal = async (...call) => {
      seen.push(call.slice(0, 3))
      return {}
    }
    const url = `/executions/workflows/${id}/signals/deliver`
    for (const payload of [{ ok: true }, 'text', 0, null, undefined]) {
      expect((await call('POST', url, payload)).status).toBe(202)
    }
    expect(seen).toEqual(
      [{ ok: true }, 'text', 0, null, null].map((payload) => [id, 'deliver', payload]),
    )
  })

  it('Should warn of a signal that no task waits for', async () => {
    const { call, start } = await serve()
    const exec_id = await start()
    const url = `/executions/workflows/${exec_id}/signals`
    const warning = 'no task of this run waits for the signal "delivr"; did you mean "deliver"?'
    expect((await call('POST', `${url}/delivr`)).body).toEqual({ exec_id, warning })
    expect((await call('POST', `${url}/deliver`)).body).toEqual({ exec_id })
  })

  it('Should refuse a signal that no run can take, and accept one of a like name', async () => {
    const { call, start } = await serve()
    const url = `/executions/workflows/${await start()}/signals`
    expect(await call('POST', `${url}/__temporal_x`)).toMatchObject({
      status: 400,
      body: {
        code: 'input_invalid',
        violations: [
          {
            pointer: '/path/name',
            message:
              'is "__temporal_x"; it must be a name of 1 to 200 characters that does not begin with "__temporal_"',
          },
        ],
      },
    })
    for (const name of ['__temporal', 'x__temporal_', '__stack_trace'])
      expect((await call('POST', `${url}/${name}`)).status).toBe(202)
  })

  it('Should accept pending signals up to the limit, then answer 429', async () => {
    const { call, start } = await serve()
    const url = `/executions/workflows/${await start()}/signals/note`
    for (let i = 0; i < 1_000; i++) await call('POST', url)
    expect(await call('POST', url)).toMatchObject(
      problem(429, 'limit_reached', expect.stringContaining('1000')),
    )
  })

  it.each(['', '/cancel', '/terminate', '/signals/go'])(
    'Should answer 404 for "…/none%s"',
    async (rest) => {
      const { call } = await serve()
      const answer = await call(rest === '' ? 'GET' : 'POST', `/executions/workflows/none${rest}`)
      expect(answer).toMatchObject(problem(404, 'not_found', 'no execution "none"'))
    },
  )

  it('Should find an id that needs escaping in the path', async () => {
    const { call, executions } = await serve()
    const asked: string[] = []
    executions.describe = async (id) => {
      asked.push(id)
      throw new Error('enough')
    }
    await call('GET', `/executions/workflows/${encodeURIComponent('a/b c%?ü')}`)
    expect(asked).toEqual(['a/b c%?ü'])
  })
})
