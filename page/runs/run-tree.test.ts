import { describe, expect, it } from 'vitest'
import { defined } from '../../engine/core/defined.ts'
import type { TaskState } from '../api/client.ts'
import { barOf, causeOf, rowsOf, statusIn, withTasks } from './run-tree.ts'

const task = (status: TaskState['status'], tasks?: Record<string, TaskState>): TaskState =>
  defined({ type: 'basic', status, attempts: 1, tasks })

describe('the tasks of a run', () => {
  const tree = {
    a: task('completed'),
    c: task('failed', { x: task('failed'), y: task('running') }),
  }

  it('Should stand each after its container', () => {
    const rows = rowsOf(tree).map(({ path, depth }) => `${depth} ${path}`)
    expect(rows).toEqual(['0 a', '0 c', '1 c/x', '1 c/y'])
  })

  it('Should name the cause of a failure before what it broke', () => {
    expect(causeOf({ error: null }, rowsOf(tree))?.path).toBe('c/x')
    expect(causeOf({ error: null }, rowsOf({ a: task('completed') }))).toBeUndefined()
  })

  it('Should name the failure that ended the run before one that was handled', () => {
    const rows = rowsOf({ handled: task('failed', { x: task('timed_out') }), last: task('failed') })
    expect(causeOf({ error: { task: 'last' } }, rows)?.path).toBe('last')
    expect(causeOf({ error: { task: 'handled' } }, rows)?.path).toBe('handled/x')
    expect(causeOf({ error: {} }, rows)?.path).toBe('handled/x')
  })

  it('Should take changes from the stream, at any depth, and leave the rest', () => {
    const after = withTasks(tree, [
      { path: 'c/y', state: task('completed') },
      { path: 'd', state: task('running', {}) },
      { path: 'd/z', state: task('pending') },
      { path: 'd/z', state: task('running') },
    ])
    const statuses = rowsOf(after).map(({ path, task: { status } }) => `${path} ${status}`)
    expect(statuses).toEqual([
      'a completed',
      'c failed',
      'c/x failed',
      'c/y completed',
      'd running',
      'd/z running',
    ])
    expect(after['a']).toBe(tree.a)
    expect(tree.c.tasks?.['y']?.status).toBe('running')
  })

  it('Should keep the children of a container whose own state changes', () => {
    const after = withTasks(tree, [{ path: 'c', state: task('completed') }])
    expect(Object.keys(after['c']?.tasks ?? {})).toEqual(['x', 'y'])
  })

  it('Should pass over a change inside a container that it does not know', () => {
    expect(withTasks(tree, [{ path: 'gone/x', state: task('failed') }])).toEqual(tree)
  })

  it.each([
    ['running', undefined, 'running', null, 'running'],
    ['canceled', '05', 'terminated', '05', 'unfinished'],
    ['canceled', '05', 'timed_out', '05', 'unfinished'],
    ['canceled', '04', 'terminated', '05', 'canceled'],
    ['canceled', '05', 'canceled', '05', 'canceled'],
    ['failed', '05', 'terminated', '05', 'failed'],
  ] as const)(
    'Should be shown as it ended: %s at %s in a run that is %s at %s',
    (status, ended_at, runStatus, closed_at, shown) => {
      const task = ended_at === undefined ? { status } : { status, ended_at }
      expect(statusIn({ status: runStatus, closed_at }, task)).toBe(shown)
    },
  )

  it('Should place a task on the timeline, an open one until now', () => {
    const started = { ...task('running'), started_at: '2026-01-01T00:00:05Z' }
    const from = Date.parse('2026-01-01T00:00:00Z')
    const span = { from, to: from + 20_000 }
    expect(barOf(started, span, from + 15_000)).toEqual({ left: 25, width: 50 })
    expect(barOf(task('pending'), span, from)).toBeUndefined()
  })
})
