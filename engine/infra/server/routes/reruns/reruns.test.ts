import { describe, expect, it } from 'vitest'
import type { Executions, ExecutionSummary } from '../../../../executions.ts'
import { serve } from '../../testing/client.ts'

/** A run as a list has it. */
async function summaryOf(executions: Executions, execId: string): Promise<ExecutionSummary> {
  const {
    input: _input,
    output: _output,
    tasks: _tasks,
    ...one
  } = await executions.describe(execId)
  return { ...one, status: 'failed', error: null }
}

/** Lets every list be of these runs. */
function listOnly(executions: Executions, runs: readonly ExecutionSummary[]): void {
  executions.list = async ({ rerun_of }) => ({
    items: runs.filter((run) => rerun_of === undefined || run.rerun_of === rerun_of),
    next_cursor: null,
  })
}

describe('a bulk repetition', () => {
  it.each([
    ['leave out children whose parent is repeated', ['a', 'a.pay', 'a.pay.take'], ['a']],
    ['keep a child whose parent did not fail', ['b.pay', 'a'], ['b.pay', 'a']],
    ['keep a run whose name only begins like another', ['a', 'a-2', 'ab.c'], ['a', 'a-2', 'ab.c']],
    ['leave out a child whose parent comes later', ['a.pay', 'a'], ['a']],
  ])('Should %s', async (_, failed, repeated) => {
    const { call, start, executions } = await serve()
    const one = await summaryOf(executions, await start())
    const items = failed.map((exec_id) => ({ ...one, exec_id, error: null, child_of: null }))
    listOnly(executions, items)
    const answer = await call('POST', '/executions/workflows/rerun', { dry_run: true })
    const listed = answer.body['items'] as { exec_id: string }[]
    expect(listed.map(({ exec_id }) => exec_id)).toEqual(repeated)
  })

  it.each([
    ['leave out a child with a name of its own', 'parent', ['parent']],
    ['keep one whose parent is not repeated', 'other', ['pay-5f3c', 'parent']],
  ])('Should %s', async (_, child_of, repeated) => {
    const { call, start, executions } = await serve()
    const one = await summaryOf(executions, await start())
    const items = [
      { ...one, exec_id: 'pay-5f3c', error: null, child_of },
      { ...one, exec_id: 'parent', error: null },
    ]
    listOnly(executions, items)
    const answer = await call('POST', '/executions/workflows/rerun', { dry_run: true })
    const listed = answer.body['items'] as { exec_id: string }[]
    expect(listed.map(({ exec_id }) => exec_id)).toEqual(repeated)
  })

  it('Should repeat the last repetition instead of each attempt at the same work', async () => {
    const { call, start, executions } = await serve()
    const one = await summaryOf(executions, await start())
    const attempt = (exec_id: string, rerun_of: string | null) => ({ ...one, exec_id, rerun_of })
    const items = [attempt('c', 'b'), attempt('b', 'a'), attempt('y', 'x'), attempt('a', null)]
    listOnly(executions, items)
    const answer = await call('POST', '/executions/workflows/rerun', { dry_run: true })
    const listed = answer.body['items'] as { exec_id: string }[]
    // Run x is not among those that failed: its repetition is.
    expect(listed.map(({ exec_id }) => exec_id)).toEqual(['c', 'y'])
  })

  it('Should repeat a run once that several pages list, or one page twice', async () => {
    const { call, start, executions } = await serve()
    const ids = [await start(), await start()]
    const [a, b] = await Promise.all(ids.map((id) => summaryOf(executions, id)))
    const pages = [
      { items: [a!, a!], next_cursor: 'second' },
      { items: [a!, b!], next_cursor: null },
    ]
    executions.list = async ({ rerun_of, cursor }) =>
      rerun_of === undefined
        ? pages[cursor === undefined ? 0 : 1]!
        : { items: [], next_cursor: null }
    const { body } = await call('POST', '/executions/workflows/rerun', { dry_run: true })
    const listed = body['items'] as { exec_id: string }[]
    expect(listed.map(({ exec_id }) => exec_id)).toEqual(ids)
  })

  const failure = { status: 'failed', error: { type: 'NoRoute', message: 'no' } } as const
  const again = { from: 'start', definition: 'current' } as const

  it.each([
    ['open', undefined, []],
    ['completed', { status: 'completed', output: 1 }, []],
    ['failed', failure, ['its repetition']],
    ['canceled', { ...failure, status: 'canceled' }, ['the run']],
  ] as const)(
    'Should take a run whose repetition is %s for done, or repeat what is last',
    async (_, outcome, repeated) => {
      const { call, start, executions } = await serve()
      const execId = await start()
      executions.end(execId, failure)
      const { exec_id: repetition } = await executions.rerun({ execId, ...again })
      if (outcome !== undefined) executions.end(repetition, outcome)
      const { body } = await call('POST', '/executions/workflows/rerun', { dry_run: true })
      const names = new Map([
        [execId, 'the run'],
        [repetition, 'its repetition'],
      ])
      const items = body['items'] as { exec_id: string }[]
      expect(items.map(({ exec_id }) => names.get(exec_id))).toEqual(repeated)
      expect(body['already_repeated']).toBe(repeated.length === 0 ? 1 : 0)
    },
  )

  it('Should take each attempt at what the last repetition has completed for done, and their children', async () => {
    const { call, start, executions } = await serve()
    const one = await summaryOf(executions, await start())
    const attempt = (exec_id: string, rerun_of: string | null) => ({ ...one, exec_id, rerun_of })
    const child = { ...one, exec_id: 'pay-5f3c', child_of: 'b' }
    listOnly(executions, [
      { ...attempt('c', 'b'), status: 'completed' },
      attempt('b', 'a'),
      attempt('a', null),
      attempt('a.pay', null),
      child,
    ])
    const { list } = executions
    executions.list = async (query, options) => {
      const { items } = await list(query, options)
      const isAsked = ({ status }: ExecutionSummary) => query.status?.includes(status) !== false
      return { items: items.filter(isAsked), next_cursor: null }
    }
    const { body } = await call('POST', '/executions/workflows/rerun', { dry_run: true })
    expect(body).toEqual({ dry_run: true, items: [], already_repeated: 4, more: false })
  })

  it('Should go on with the rest when the same request is sent again without a key', async () => {
    const { call, start, executions } = await serve()
    const ids = [await start(), await start(), await start()]
    for (const id of ids) executions.end(id, failure)
    const repeatOne = async () => {
      const { body } = await call('POST', '/executions/workflows/rerun', { limit: 1 })
      const { items, ...rest } = body as { items: { exec_id: string }[] }
      return { ids: items.map(({ exec_id }) => exec_id), ...rest }
    }
    const rest = { dry_run: false, already_repeated: 0 }
    expect(await repeatOne()).toEqual({ ids: [ids[2]], ...rest, more: true })
    expect(await repeatOne()).toEqual({ ids: [ids[1]], ...rest, already_repeated: 1, more: true })
    expect(await repeatOne()).toEqual({ ids: [ids[0]], ...rest, already_repeated: 2, more: false })
    expect(await repeatOne()).toEqual({ ids: [], ...rest, already_repeated: 3, more: false })
  })

  it('Should answer a request that is sent again alike, though what it started has failed too', async () => {
    const { call, start, executions } = await serve()
    const fail = (execId: string): void =>
      executions.end(execId, { status: 'failed', error: { type: 'NoRoute', message: 'no' } })
    const ids = [await start(), await start()]
    for (const id of ids) fail(id)
    const repeatAll = async (key: string) => {
      const headers = { 'idempotency-key': key }
      const { body } = await call('POST', '/executions/workflows/rerun', { limit: 2 }, headers)
      return body as { items: { exec_id: string; rerun: string }[]; more: boolean }
    }
    const first = await repeatAll('once')
    expect(first.items.map(({ exec_id }) => exec_id)).toEqual(ids.toReversed())
    for (const { rerun } of first.items) fail(rerun)
    expect(await repeatAll('once')).toEqual({ ...first, more: false })
    // Another key is another request: the newest runs that failed are those repetitions.
    const other = await repeatAll('again')
    expect(other.items.map(({ exec_id }) => exec_id)).toEqual(
      first.items.map(({ rerun }) => rerun).toReversed(),
    )
  })

  it('Should list a run as a conflict whose repetition the key has asked for otherwise', async () => {
    const { call, start, executions } = await serve()
    const execId = await start()
    executions.end(execId, failure)
    const repeat = async (definition: string, key: string) => {
      const headers = { 'idempotency-key': key }
      const { status, body } = await call(
        'POST',
        '/executions/workflows/rerun',
        { definition, filter: { exec_id_prefix: execId } },
        headers,
      )
      expect(status).toBe(200)
      return (body['items'] as { rerun: string | null; problem: { code: string } | null }[])[0]
    }
    const first = await repeat('current', 'k')
    expect(first).toMatchObject({ rerun: expect.any(String), problem: null })
    expect(await repeat('current', 'k')).toEqual(first)
    expect(await repeat('original', 'k')).toMatchObject({
      rerun: null,
      problem: { code: 'conflict' },
    })
  })

  it('Should leave out the children of what the same request has started, and no other children', async () => {
    const { call, start, executions } = await serve()
    const execId = await start()
    executions.end(execId, { status: 'failed', error: { type: 'NoRoute', message: 'no' } })
    const repetition = await executions.rerun({
      execId,
      from: 'start',
      definition: 'current',
      idempotencyKey: 'once',
    })
    const one = await summaryOf(executions, execId)
    const childOf = (exec_id: string, child_of: string) => ({ ...one, exec_id, child_of })
    const children = [childOf('c-1', repetition.exec_id), childOf('c-2', 'forgotten')]
    listOnly(executions, children)
    const chosenWith = async (key: string) => {
      const headers = { 'idempotency-key': key }
      const { body } = await call('POST', '/executions/workflows/rerun', { dry_run: true }, headers)
      return (body['items'] as { exec_id: string }[]).map(({ exec_id }) => exec_id)
    }
    expect(await chosenWith('once')).toEqual(['c-2'])
    expect(await chosenWith('another')).toEqual(['c-1', 'c-2'])
  })
})
