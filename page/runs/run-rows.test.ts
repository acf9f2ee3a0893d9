import { describe, expect, it } from 'vitest'
import type { ExecutionSummary } from '../api/client.ts'
import { appendRows, pageSize, refreshRows } from './run-rows.ts'

/** The nth run, started in the nth second. */
const run = (n: number, fields: Partial<ExecutionSummary> = {}): ExecutionSummary => ({
  exec_id: `order-${n}`,
  run_id: `r${n}`,
  workflow_id: 'order',
  status: 'running',
  started_at: new Date(n * 1_000).toISOString(),
  closed_at: null,
  error: null,
  rerun_of: null,
  child_of: null,
  ...fields,
})

/** Runs from the newest to the oldest. */
const runs = (newest: number, oldest: number) =>
  Array.from({ length: newest - oldest + 1 }, (_, index) => run(newest - index))
const ids = (rows: readonly ExecutionSummary[] | undefined) => rows?.map(({ exec_id }) => exec_id)

describe('the rows of the list of runs', () => {
  it('Should keep those that newer ones push off the first page, each once and in order', () => {
    const shown = runs(100, 1)
    const first = { items: runs(103, 54), next_cursor: 'c' }
    expect(ids(refreshRows(first, shown))).toEqual(ids(runs(103, 1)))
  })

  it('Should be as the fresh first page has them', () => {
    const items = [run(3), run(2, { status: 'failed' })]
    const rows = refreshRows({ items, next_cursor: 'c' }, runs(2, 1))
    expect(rows?.map(({ status }) => status)).toEqual(['running', 'failed', 'running'])
  })

  it('Should lose one that no longer matches, and not one that started with the last', () => {
    const twin = run(8, { exec_id: 'twin', run_id: 'twin' })
    const first = { items: [run(10), run(8)], next_cursor: 'c' }
    const rows = refreshRows(first, [run(10), run(9), run(8), twin, run(7)])
    expect(ids(rows)).toEqual(['order-10', 'order-8', 'twin', 'order-7'])
  })

  it('Should begin anew where the first page is the only one', () => {
    expect(refreshRows({ items: runs(3, 2), next_cursor: null }, runs(3, 1))).toBeUndefined()
  })

  it('Should begin anew where so many are new that some may be missing', () => {
    const items = runs(200, 201 - pageSize)
    expect(refreshRows({ items, next_cursor: 'c' }, runs(100, 1))).toBeUndefined()
    expect(refreshRows({ items, next_cursor: 'c' }, runs(201 - pageSize, 1))).toHaveLength(200)
  })

  it('Should stay where a search has found few on its first page, or none', () => {
    expect(ids(refreshRows({ items: [], next_cursor: 'c' }, runs(2, 1)))).toEqual(ids(runs(2, 1)))
    expect(ids(refreshRows({ items: [run(9)], next_cursor: 'c' }, [run(1)]))).toEqual([
      'order-9',
      'order-1',
    ])
  })

  it('Should take an older page once', () => {
    const older = runs(2, 1)
    expect(ids(appendRows(appendRows(runs(4, 3), older), older))).toEqual(ids(runs(4, 1)))
  })
})
