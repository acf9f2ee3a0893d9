import { describe, expect, it } from 'vitest'
import type { JsonValue } from '../../../core/json.ts'
import type { HistoryEntry, RunRecords, TaskRecord } from '../../../definition/run-records.ts'
import { createMemoryExecutions } from '../../../../test/support/memory-executions.ts'
import { loadTestProject } from '../testing/server.ts'
import { problem, serve } from '../testing/client.ts'
import { describeEntry } from './record-view.ts'

const task = (id: string, fields: Partial<TaskRecord> = {}): TaskRecord => ({
  id,
  type: 'basic',
  visit: 1,
  status: 'completed',
  started_at: 0,
  ended_at: 1_000,
  input: { n: 1 },
  output: null,
  error: null,
  next: null,
  attempt_count: 1,
  attempts: [],
  children: [],
  signals: [],
  ...fields,
})
const error = { type: 'ToolError:Declined', message: 'no funds' } as const

async function serveRecords(records: Partial<RunRecords>) {
  const project = await loadTestProject()
  const all = { tasks: [], history: [], truncated: false, ...records }
  const executions = createMemoryExecutions({ project, records: all })
  const { call } = await serve({ api: { executions } })
  const { exec_id } = await executions.start({
    workflowId: 'parcel',
    input: { weight: 1 },
    trigger: { type: 'api' },
  })
  const get = (path: string) => call('GET', `/executions/workflows/${exec_id}/${path}`)
  const ids = async (path: string) =>
    ((await get(path)).body['items'] as { id: string }[]).map(({ id }) => id)
  return { get, ids, exec_id }
}

describe('tasks of a run', () => {
  it('Should be shown with input, output, error, attempts and times in RFC 3339', async () => {
    const attempts = [
      { attempt: 1, started_at: 0, ended_at: 500, error },
      { attempt: 2, started_at: 600, ended_at: 1_000, error: null },
    ]
    const signals = [{ name: 'approve', payload: { ok: true }, received_at: 5 }]
    const { get } = await serveRecords({
      tasks: [task('charge', { output: { paid: true }, attempts, attempt_count: 2, signals })],
    })
    const { status, body } = await get('tasks')
    expect(status).toBe(200)
    expect(body).toEqual({
      next_cursor: null,
      status: 'running',
      truncated: false,
      items: [
        {
          ...task('charge'),
          started_at: '1970-01-01T00:00:00.000Z',
          ended_at: '1970-01-01T00:00:01.000Z',
          output: { paid: true },
          attempt_count: 2,
          attempts: [
            {
              attempt: 1,
              started_at: '1970-01-01T00:00:00.000Z',
              ended_at: '1970-01-01T00:00:00.500Z',
              error,
            },
            {
              attempt: 2,
              started_at: '1970-01-01T00:00:00.600Z',
              ended_at: '1970-01-01T00:00:01.000Z',
              error: null,
            },
          ],
          signals: [
            { name: 'approve', received_at: '1970-01-01T00:00:00.005Z', payload: { ok: true } },
          ],
        },
      ],
    })
  })

  it('Should be filtered by parent, status and task', async () => {
    const tasks = [
      task('all', { type: 'parallel' }),
      task('all/a', { status: 'failed', error }),
      task('all/b'),
      task('all/b/c'),
    ]
    const { ids } = await serveRecords({ tasks })
    expect(await ids('tasks')).toEqual(['all', 'all/a', 'all/b', 'all/b/c'])
    expect(await ids('tasks?parent=')).toEqual(['all'])
    expect(await ids('tasks?parent=all')).toEqual(['all/a', 'all/b'])
    expect(await ids('tasks?status=failed')).toEqual(['all/a'])
    expect(await ids('tasks?task=all/b')).toEqual(['all/b'])
    expect(await ids('tasks?parent=none')).toEqual([])
  })

  it('Should count the children of each round of a container by status', async () => {
    const tasks = [
      task('all', { type: 'collection' }),
      task('all/a', { status: 'failed', error }),
      task('all/b'),
      task('all/b/c'),
      task('all/d'),
      task('all', { type: 'collection', visit: 2 }),
      task('all/a', { visit: 2 }),
    ]
    const { get } = await serveRecords({ tasks })
    const { body } = await get('tasks?parent=&limit=1')
    expect(body['items']).toMatchObject([{ id: 'all', counts: { failed: 1, completed: 2 } }])
    const all = (await get('tasks')).body['items'] as object[]
    expect(all[5]).toMatchObject({ id: 'all', counts: { completed: 1 } })
    expect(all[1]).not.toHaveProperty('counts')
  })

  it('Should come page by page, each entry once', async () => {
    const tasks = Array.from({ length: 5 }, (_, index) => task(`t${index}`))
    const { get } = await serveRecords({ tasks })
    const seen: string[] = []
    let cursor: string | null = '0'
    while (cursor !== null) {
      const { body }: { body: Record<string, unknown> } = await get(
        `tasks?limit=2&cursor=${cursor}`,
      )
      seen.push(...(body['items'] as { id: string }[]).map(({ id }) => id))
      cursor = body['next_cursor'] as string | null
    }
    expect(seen).toEqual(tasks.map(({ id }) => id))
  })

  it('Should come newest first where asked for, page by page, while further tasks start', async () => {
    const tasks = ['a', 'b', 'a', 'b', 'a'].map((id, at) => task(id, { visit: (at >> 1) + 1 }))
    const { get } = await serveRecords({ tasks })
    const rounds = (body: Record<string, unknown>) =>
      (body['items'] as TaskRecord[]).map(({ id, visit }) => `${id}${visit}`)
    const last = (await get('tasks?task=a&order=newest&limit=1')).body
    expect(rounds(last)).toEqual(['a3'])
    tasks.push(task('b', { visit: 3 }), task('a', { visit: 4 }))
    const { body } = await get(`tasks?task=a&order=newest&cursor=${String(last['next_cursor'])}`)
    expect(rounds(body)).toEqual(['a2', 'a1'])
    expect(body['next_cursor']).toBeNull()
    expect(rounds((await get('tasks?task=a&order=oldest')).body)).toEqual(['a1', 'a2', 'a3', 'a4'])
  })

  it('Should keep a page below 256 kB, and show one task whole', async () => {
    const text = 'x'.repeat(15_000)
    const large = 'y'.repeat(1_000_000)
    const many = Array.from({ length: 100 }, (_, at) => task(`t${at}`, { output: { text } }))
    const { get } = await serveRecords({ tasks: [...many, task('large', { output: large })] })
    const page = await get('tasks?limit=200')
    expect(JSON.stringify(page.body).length).toBeLessThan(262_144 + 1_000)
    expect(page.body['next_cursor']).toBe('17')
    const last = await get('tasks?cursor=100')
    expect(last.body['items']).toMatchObject([
      { id: 'large', output_bytes: 1_000_002, output_start: `"${'y'.repeat(199)}` },
    ])
    expect((last.body['items'] as object[])[0]).not.toHaveProperty('output')
    const whole = await get('tasks?task=large')
    expect(whole.body['items']).toMatchObject([{ output: large }])
  })

  it('Should show a value that shares its parts by its size, however deep, and soon', async () => {
    const doubled = (levels: number, start: JsonValue): JsonValue =>
      levels === 0 ? start : doubled(levels - 1, [start, start])
    const input = doubled(30, 'x')
    const { get } = await serveRecords({ tasks: [task('a', { input, output: doubled(300, 1) })] })
    const shown = {
      input_bytes: 2 ** 30 * 3 + (2 ** 30 - 1) * 3,
      input_start: `${'['.repeat(30)}"x","x"],["x"`,
      output_bytes: Number.MAX_SAFE_INTEGER,
      output_start: '['.repeat(200),
    }
    for (const query of ['tasks', 'tasks?task=a']) {
      const [item] = (await get(query)).body['items'] as (typeof shown)[]
      expect(item).toMatchObject({
        ...shown,
        input_start: expect.stringContaining('"x"') as string,
      })
      expect(item!.input_start.startsWith(shown.input_start)).toBe(true)
      expect(item).not.toHaveProperty('input')
    }
    const small = await serveRecords({ tasks: [task('a', { input: doubled(2, 1) })] })
    expect((await small.get('tasks')).body['items']).toMatchObject([
      {
        input: [
          [1, 1],
          [1, 1],
        ],
      },
    ])
  })

  it('Should be 404 for a task that has not started, and 400 for a bad query', async () => {
    const { get, exec_id } = await serveRecords({ tasks: [task('charge')] })
    expect(await get('tasks?task=refund')).toMatchObject(
      problem(404, 'not_found', `no task "refund" has started in execution "${exec_id}"`),
    )
    for (const query of [
      'limit=0',
      'limit=201',
      'cursor=x',
      'status=odd',
      'order=last',
      'colour=red',
    ])
      expect(await get(`tasks?${query}`)).toMatchObject(problem(400, 'input_invalid'))
  })

  it('Should be 404 for a run that does not exist', async () => {
    const { call } = await serve()
    for (const part of ['tasks', 'history'])
      expect(await call('GET', `/executions/workflows/none/${part}`)).toMatchObject(
        problem(404, 'not_found'),
      )
  })
})

describe('history of a run', () => {
  it('Should be told in words, filtered by task', async () => {
    const history: HistoryEntry[] = [
      { type: 'run_started', at: 0 },
      { type: 'task_started', at: 1, task: 'charge' },
      { type: 'attempt_failed', at: 2, task: 'charge', attempt: 1, error },
    ]
    const { get } = await serveRecords({ history })
    const texts = async (path: string) =>
      ((await get(path)).body['items'] as { text: string }[]).map(({ text }) => text)
    expect(await texts('history')).toEqual([
      'run started',
      'task charge started',
      'attempt 1 of task charge failed: ToolError:Declined: no funds',
    ])
    expect(await texts('history?task=charge')).toHaveLength(2)
    expect(await texts('history?task=other')).toEqual([])
  })

  it.each<[HistoryEntry, string]>([
    [{ type: 'attempt_started', at: 0, task: 'a', attempt: 2 }, 'task a started (attempt 2)'],
    [{ type: 'signal_received', at: 0, signal: 'approve' }, 'signal approve received'],
    [{ type: 'signal_taken', at: 0, signal: 'approve', task: 'a' }, 'task a took signal approve'],
    [
      { type: 'signal_taken', at: 0, signal: 'approve', task: 'a', refused: true },
      'task a took signal approve, which did not meet its condition',
    ],
    [{ type: 'child_started', at: 0, task: 'a', exec_id: 'x' }, 'task a started run x'],
    [{ type: 'task_timed_out', at: 0, task: 'a' }, 'task a timed out'],
    [{ type: 'run_timed_out', at: 0 }, 'run timed out'],
    [{ type: 'run_failed', at: 0, error }, 'run failed: ToolError:Declined: no funds'],
    [{ type: 'cancel_requested', at: 0 }, 'cancellation requested'],
    [{ type: 'run_continued', at: 0 }, 'run continued in a new history'],
  ])('Should say %o in words', (entry, text) => {
    expect(describeEntry(entry)).toBe(text)
  })
})
