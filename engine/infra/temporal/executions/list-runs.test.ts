import { defaultPayloadConverter, type Client } from '@temporalio/client'
import { describe, expect, it } from 'vitest'
import { defined } from '../../../core/defined.ts'
import { failureMemo } from '../../../definition/workflow-ir.ts'
import { createList } from './list-runs.ts'

interface StoredRun {
  readonly id: string
  /** Seconds; open runs have no `closed`. */
  readonly started: number
  readonly closed?: number
}

const rankOf = ({ closed = Infinity }: StoredRun): number => closed

/** A server that orders runs as Temporal does, and whose tokens name the last run of a page. */
function serverWith(...ids: string[]) {
  let seconds = 1_000
  const runs: StoredRun[] = []
  const fail = (...failed: string[]): void => {
    for (const id of failed) runs.push({ id, started: ++seconds, closed: ++seconds })
  }
  fail(...ids)
  const error = { type: 'NoRoute', message: 'no', task: 'choose' }
  const fields = { [failureMemo]: defaultPayloadConverter.toPayload(error) }
  const entryOf = ({ id, started, closed }: StoredRun) => ({
    execution: { workflowId: id, runId: `run-${id}` },
    type: { name: 'order' },
    status: closed === undefined ? 1 : 3,
    startTime: { seconds: started, nanos: 5 },
    closeTime: closed === undefined ? null : { seconds: closed, nanos: 7 },
    memo: { fields },
  })
  async function listWorkflowExecutions({
    pageSize,
    nextPageToken,
  }: {
    pageSize: number
    nextPageToken: Uint8Array
  }) {
    const token = Buffer.from(nextPageToken).toString()
    const [rank = Infinity, started = Infinity] = token === '' ? [] : token.split(' ').map(Number)
    const all = runs
      .toSorted((a, b) => rankOf(b) - rankOf(a) || b.started - a.started)
      .filter((run) => rankOf(run) < rank || (rankOf(run) === rank && run.started < started))
    const page = all.slice(0, pageSize)
    const last = page.at(-1)
    const next = all.length > pageSize && last ? `${rankOf(last)} ${last.started}` : ''
    return { executions: page.map(entryOf), nextPageToken: Buffer.from(next) }
  }
  const client = { options: { namespace: 'shop' }, workflowService: { listWorkflowExecutions } }
  // Only what a list calls of it.
  const list = createList(client as unknown as Client, (_what, _options, make) => make(), 'shop')
  /** Returns a page of the runs with this error, and its cursor. */
  async function page(cursor?: string | null) {
    const query = { limit: 2, error_type: 'NoRoute', cursor: cursor ?? undefined }
    const { items, next_cursor } = await list(defined(query))
    return { ids: items.map(({ exec_id }) => exec_id), cursor: next_cursor }
  }
  return { runs, fail, page }
}

describe('a search in memos', () => {
  it('Should go on after the last run that was shown, whatever failed meanwhile', async () => {
    const { fail, page } = serverWith('a', 'b', 'c')
    const first = await page()
    expect(first.ids).toEqual(['c', 'b'])
    fail('d')
    const second = await page(first.cursor)
    expect(second).toEqual({ ids: ['a'], cursor: null })
  })

  it('Should go on though more runs failed meanwhile than one look at the server has', async () => {
    const { fail, page } = serverWith('a', 'b', 'c', 'd', 'e')
    const first = await page()
    expect(first.ids).toEqual(['e', 'd'])
    fail(...Array.from({ length: 450 }, (_, at) => `later-${at}`))
    const second = await page(first.cursor)
    expect(second.ids).toEqual(['c', 'b'])
    expect(await page(second.cursor)).toEqual({ ids: ['a'], cursor: null })
  })

  it('Should lose none where the last run that was shown is gone', async () => {
    const { runs, page } = serverWith('a', 'b', 'c')
    const first = await page()
    runs.splice(1, 1)
    expect((await page(first.cursor)).ids).toEqual(['a'])
  })

  it('Should lose no open run where the last one that was shown has closed', async () => {
    const { runs, page } = serverWith('a')
    runs.push({ id: 'x', started: 1 }, { id: 'y', started: 2 }, { id: 'z', started: 3 })
    const first = await page()
    expect(first.ids).toEqual(['z', 'y'])
    runs.splice(2, 1, { id: 'y', started: 2, closed: 9_999 })
    expect((await page(first.cursor)).ids).toContain('x')
  })

  it('Should look through the pages of the server one after the other', async () => {
    const { page } = serverWith(...Array.from({ length: 401 }, (_, at) => `run ${at}`))
    const shown: string[] = []
    let cursor: string | null = null
    do {
      const next = await page(cursor)
      shown.push(...next.ids)
      cursor = next.cursor
    } while (cursor !== null)
    expect(new Set(shown).size).toBe(401)
    expect(shown).toHaveLength(401)
  })
})
