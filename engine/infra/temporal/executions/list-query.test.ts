import { describe, expect, it } from 'vitest'
import { executionStatuses } from '../../../executions.ts'
import { listQuery, literal, statusNamed, statusOf } from './list-query.ts'

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

describe('literal', () => {
  it.each([
    ["it's", "'it''s'"],
    ['back\\slash', "'back\\\\slash'"],
    ["\\'", "'\\\\'''"],
    ['', "''"],
  ])('Should escape %s', (text, expected) => {
    expect(literal(text)).toBe(expected)
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
