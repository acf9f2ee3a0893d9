import { describe, expect, it } from 'vitest'
import type { Executions, ExecutionSummary } from '../../../executions.ts'
import { serve } from '../testing/client.ts'

/** A run as a list has it. */
async function summaryOf(executions: Executions, execId: string): Promise<ExecutionSummary> {
  const {
    input: _input,
    output: _output,
    tasks: _tasks,
    ...one
  } = await executions.describe(execId)
  return { ...one, error: null }
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
    executions.list = async () => ({ items, next_cursor: null })
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
    executions.list = async () => ({ items, next_cursor: null })
    const answer = await call('POST', '/executions/workflows/rerun', { dry_run: true })
    const listed = answer.body['items'] as { exec_id: string }[]
    expect(listed.map(({ exec_id }) => exec_id)).toEqual(repeated)
  })

  it('Should repeat the last repetition instead of each attempt at the same work', async () => {
    const { call, start, executions } = await serve()
    const one = await summaryOf(executions, await start())
    const attempt = (exec_id: string, rerun_of: string | null) => ({ ...one, exec_id, rerun_of })
    const items = [attempt('c', 'b'), attempt('b', 'a'), attempt('y', 'x'), attempt('a', null)]
    executions.list = async () => ({ items, next_cursor: null })
    const answer = await call('POST', '/executions/workflows/rerun', { dry_run: true })
    const listed = answer.body['items'] as { exec_id: string }[]
    // Run x is not among those that failed: its repetition is.
    expect(listed.map(({ exec_id }) => exec_id)).toEqual(['c', 'y'])
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
    executions.list = async () => ({ items: children, next_cursor: null })
    const chosenWith = async (key: string) => {
      const headers = { 'idempotency-key': key }
      const { body } = await call('POST', '/executions/workflows/rerun', { dry_run: true }, headers)
      return (body['items'] as { exec_id: string }[]).map(({ exec_id }) => exec_id)
    }
    expect(await chosenWith('once')).toEqual(['c-2'])
    expect(await chosenWith('another')).toEqual(['c-1', 'c-2'])
  })
})
