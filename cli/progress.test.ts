import { describe, expect, it } from 'vitest'
import { formatProgress } from './progress-bar.ts'
import { changedTasks, formatTaskTree } from './task-tree.ts'

describe('formatProgress', () => {
  it.each([
    [{ stage: 'fetching' }, 'fetching …'],
    [{ stage: 'fetching', received: 2_500_000 }, 'fetching … 2.5 MB'],
    [
      { stage: 'fetching', received: 5e6, total: 10e6 },
      `fetching ${'█'.repeat(12)}${'░'.repeat(12)}  50 %  5.0 MB of 10.0 MB`,
    ],
    [
      { stage: 'fetching', received: 11e6, total: 10e6 },
      `fetching ${'█'.repeat(24)} 100 %  11.0 MB of 10.0 MB`,
    ],
  ])('Should show %j', (progress, line) => {
    expect(formatProgress(progress)).toBe(line)
  })
})

describe('the tree of tasks', () => {
  const tasks = {
    price: { type: 'basic', status: 'completed', attempts: 1, started_at: 1_000, ended_at: 1_020 },
    each: {
      type: 'parallel',
      status: 'running',
      attempts: 1,
      started_at: 1_020,
      tasks: {
        one: { type: 'basic', status: 'failed', attempts: 3, error: { type: 'ToolError:X', message: 'no' } },
      },
    },
  } as const

  it('Should show mark, duration, attempts and failure, nested tasks below their container', () => {
    expect(formatTaskTree(tasks, 3_020)).toEqual([
      '  ✓ price  20ms',
      '  ● each  2s',
      '    ✗ one  attempt 3  ToolError:X: no',
    ])
  })

  it('Should tell each change of a status once', () => {
    const seen = new Map()
    expect(changedTasks(tasks, seen)).toEqual([
      { id: 'price', status: 'completed' },
      { id: 'each', status: 'running' },
      { id: 'each/one', status: 'failed' },
    ])
    expect(changedTasks(tasks, seen)).toEqual([])
  })
})
