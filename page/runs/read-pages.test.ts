import { describe, expect, it } from 'vitest'
import type { ExecutionSummary } from '../api/client.ts'
import { readPages } from './read-pages.ts'

const run = (exec_id: string, status: ExecutionSummary['status'] = 'running') =>
  ({
    exec_id,
    run_id: `run of ${exec_id}`,
    workflow_id: 'order',
    status,
    started_at: '2026-11-28T10:00:00.000Z',
    closed_at: status === 'running' ? null : '2026-11-28T11:00:00.000Z',
    error: null,
    rerun_of: null,
    child_of: null,
  }) satisfies ExecutionSummary

/** A list of these pages; the cursor of a page is its number, between characters of a query. */
function listOf(...pages: readonly (readonly ExecutionSummary[])[]) {
  const asked: string[] = []
  const readPage = async (path: string) => {
    asked.push(path)
    const cursor = new URL(path, 'http://localhost').searchParams.get('cursor')
    const page = cursor === null ? 0 : Number(cursor.replaceAll('&', ''))
    return { items: pages[page]!, next_cursor: page + 1 < pages.length ? `&${page + 1}&` : null }
  }
  return { asked, read: (count: number) => readPages('/runs?limit=1', count, readPage) }
}
const ids = (rows: readonly ExecutionSummary[]) => rows.map(({ exec_id }) => exec_id)

describe('readPages', () => {
  it('Should read as many pages as are opened, in their order, and say where the list goes on', async () => {
    const { asked, read } = listOf([run('c')], [run('b')], [run('a')])
    const { rows, cursor } = await read(2)
    expect(ids(rows)).toEqual(['c', 'b'])
    expect(cursor).toBe('&2&')
    expect(asked).toEqual(['/runs?limit=1', '/runs?limit=1&cursor=%261%26'])
  })

  it('Should stop at the end of the list', async () => {
    const { asked, read } = listOf([run('b')], [run('a')])
    expect(await read(9)).toMatchObject({ cursor: null })
    expect(asked).toHaveLength(2)
  })

  it('Should read on where a search has found nothing on a page', async () => {
    const { read } = listOf([], [run('a')])
    expect(await read(1)).toEqual({ rows: [], cursor: '&1&' })
    expect(ids((await read(2)).rows)).toEqual(['a'])
  })

  it('Should have a run once that closes between two pages, as the later one shows it', async () => {
    const { read } = listOf([run('b'), run('a')], [run('b', 'failed'), run('c', 'failed')])
    const { rows } = await read(2)
    expect(rows.map(({ exec_id, status }) => `${exec_id} ${status}`)).toEqual([
      'b failed',
      'a running',
      'c failed',
    ])
  })
})
