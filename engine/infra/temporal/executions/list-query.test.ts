import { describe, expect, it } from 'vitest'
import { cutText } from '../../../core/limits.ts'
import { executionStatuses, type ExecutionSummary } from '../../../executions.ts'
import { listQuery, matchesFilter, needsSearch, statusNamed, statusOf } from './list-query.ts'

describe('listQuery', () => {
  const own = "TaskQueue = 'shop' AND ExecutionStatus != 'ContinuedAsNew'"

  it.each([
    [{}, own],
    [{ workflow_id: 'order' }, `${own} AND WorkflowType = 'order'`],
    [{ status: ['timed_out' as const] }, `${own} AND ExecutionStatus = 'TimedOut'`],
    [
      { status: ['failed' as const, 'canceled' as const] },
      `${own} AND (ExecutionStatus = 'Failed' OR ExecutionStatus = 'Canceled')`,
    ],
    [{ error_type: 'ToolTimeout' }, `${own} AND ExecutionStatus = 'Failed'`],
    [
      { closed_from: '2026-01-02T03:04:05Z', closed_to: '2026-01-02T03:04:05Z' },
      `${own} AND CloseTime >= '2026-01-02T03:04:05.000Z' AND CloseTime < '2026-01-02T03:04:05.001Z'`,
    ],
    [{ exec_id_prefix: "o'1-" }, `${own} AND WorkflowId STARTS_WITH 'o''1-'`],
    [{ exec_id_prefix: "order'" }, `${own} AND WorkflowId STARTS_WITH 'order'`],
    [{ exec_id_prefix: 'o"\'rder' }, `${own} AND WorkflowId STARTS_WITH 'o'`],
    [{ exec_id_prefix: "'order" }, own],
    [{ workflow_id: 'or\\der' }, `${own} AND WorkflowType STARTS_WITH 'or'`],
    [{ rerun_of: 'order-1~0123456789ab' }, `${own} AND WorkflowId STARTS_WITH 'order-1~'`],
    [{ from: '2026-01-02T03:04:05+01:00' }, `${own} AND StartTime >= '2026-01-02T02:04:05.000Z'`],
    [{ to: '2026-01-02T03:04:05Z' }, `${own} AND StartTime < '2026-01-02T03:04:05.001Z'`],
    [{ workflow_id: "o' OR 'a'='a" }, `${own} AND WorkflowType = 'o'' OR ''a''=''a'`],
  ])('Should turn %o into a query of one task queue', (query, expected) => {
    expect(listQuery('shop', query)).toBe(expected)
  })

  it.each([
    ['from', 'yesterday'],
    ['to', 'yesterday'],
    ['from', '9999-12-31T23:59:59-14:00'],
    ['to', '0000-01-01T00:00:00+14:00'],
  ])('Should refuse a %s of %s', (name, text) => {
    expect(() => listQuery('shop', { [name]: text })).toThrow(
      expect.objectContaining({
        code: 'input_invalid',
        message: `${name} "${text}" is no RFC 3339 time`,
      }),
    )
  })

  it('Should refuse a workflow_id with a zero byte', () => {
    expect(() => listQuery('shop', { workflow_id: 'order\0' })).toThrow(
      expect.objectContaining({
        code: 'input_invalid',
        message: expect.stringContaining('zero byte'),
      }),
    )
  })
})

describe('matchesFilter', () => {
  const run = { exec_id: 'parent-1', workflow_id: 'parent', rerun_of: null, error: null }

  it.each([
    [{ exec_id_prefix: 'parent-' }, true],
    [{ exec_id_prefix: 'Parent-' }, false],
    [{ exec_id_prefix: "'" }, false],
    [{ exec_id_prefix: "parent'" }, false],
    [{ workflow_id: 'parent' }, true],
    [{ workflow_id: "parent'" }, false],
  ])('Should compare a run with %o exactly: %s', (filter, expected) => {
    expect(matchesFilter(run as ExecutionSummary, filter)).toBe(expected)
  })
})

describe('the text of an error', () => {
  const message = cutText(`no rocket ${'x'.repeat(2_000)} at the end`, 1_024)
  const run = { exec_id: 'order-1', workflow_id: 'order', error: { type: 'ToolError', message } }

  it.each([
    ['NO Rocket', true],
    ['cut', false],
    ['bytes in all)', false],
    ['at the end', false],
  ])('Should be looked for in the kept part of the message: %s, %s', (error_text, expected) => {
    expect(matchesFilter(run as ExecutionSummary, { error_text })).toBe(expected)
  })
})

describe('needsSearch', () => {
  it.each([
    [{}, false],
    [{ exec_id_prefix: 'order-1', workflow_id: 'order' }, false],
    [{ exec_id_prefix: "o'1" }, false],
    [{ exec_id_prefix: "'" }, true],
    [{ exec_id_prefix: 'order\\' }, true],
    [{ workflow_id: 'a\nb' }, true],
    [{ error_type: 'ToolTimeout' }, true],
  ])('Should tell of %o: %s', (filter, expected) => {
    expect(needsSearch(filter)).toBe(expected)
  })
})

describe('statuses', () => {
  it.each([
    [1, 'running'],
    [2, 'completed'],
    [3, 'failed'],
    [4, 'canceled'],
    [5, 'terminated'],
    [6, 'running'],
    [7, 'timed_out'],
    [undefined, 'running'],
    [99, 'running'],
  ])('Should read the code %s as %s', (code, status) => {
    expect(statusOf(code)).toBe(status)
  })

  it('Should know the names of all, and no other', () => {
    const names = ['Running', 'Completed', 'Failed', 'Canceled', 'Terminated', 'TimedOut']
    expect(names.map(statusNamed)).toEqual(executionStatuses)
    expect(['ContinuedAsNew', 'Paused', ''].map(statusNamed)).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })
})
