import type { TaskState } from '../../engine/infra/server/routes/execution-view.ts'
import { describe, expect, it } from 'vitest'
import { createProgress, formatProgress } from './progress-bar.ts'
import { formatTaskTree, nestTasks } from './task-tree.ts'
import { createTerminal } from '../terminal.ts'
import { captureStreams } from '../testing/streams.ts'

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

describe('createProgress', () => {
  const steps = [
    { stage: 'looking' },
    { stage: 'fetching', received: 0 },
    { stage: 'fetching', received: 1e6 },
  ]
  const shown = ({ columns, json = false }: { columns?: number; json?: boolean }) => {
    const captured = captureStreams(columns)
    const progress = createProgress(createTerminal(captured.streams, json))
    for (const step of steps) progress.update(step)
    progress.done()
    return [captured.stdout(), captured.stderr()]
  }

  it('Should say each stage once where nothing can be redrawn', () => {
    expect(shown({})).toEqual(['', 'looking …\nfetching …\n'])
  })

  it('Should redraw one line on a terminal, and take it away at the end', () => {
    const [up, end] = ['\u001B[1A', '\u001B[K\n']
    const text = `looking …${end}${up}fetching … 0.0 MB${end}${up}fetching … 1.0 MB${end}${up}${end}${up}`
    expect(shown({ columns: 80 })).toEqual(['', text])
  })

  it('Should tell programs each stage as an object', () => {
    const [stdout, stderr] = shown({ columns: 80, json: true })
    expect([stdout, stderr]).toEqual([
      '{"event":"progress","stage":"looking"}\n{"event":"progress","stage":"fetching"}\n',
      '',
    ])
  })
})

describe('the tree of tasks', () => {
  const tasks = {
    price: {
      type: 'basic',
      status: 'completed',
      attempts: 1,
      started_at: '2026-01-01T00:00:01.000Z',
      ended_at: '2026-01-01T00:00:01.020Z',
    },
    each: {
      type: 'parallel',
      status: 'running',
      attempts: 1,
      started_at: '2026-01-01T00:00:01.020Z',
      tasks: {
        one: {
          type: 'basic',
          status: 'failed',
          attempts: 3,
          error: { type: 'ToolError:X', message: 'no' },
        },
      },
    },
  } as const

  it('Should show mark, duration, attempts and failure, nested tasks below their container', () => {
    expect(formatTaskTree(tasks, Date.parse('2026-01-01T00:00:03.020Z'))).toEqual([
      '  ✓ price  20ms',
      '  ● each  2s',
      '    ✗ one  attempt 3  ToolError:X: no',
    ])
  })

  it('Should mark a task that was carried over from the repeated run', () => {
    const lines = formatTaskTree({ price: { ...tasks.price, carried: true } }, 0)
    expect(lines).toEqual(['  ✓ price  20ms  carried over'])
  })

  it('Should nest tasks by their paths, and count children that are not shown', () => {
    const { each, price } = tasks
    const paths = new Map<string, TaskState>([
      ['each', { ...each, tasks: {}, counts: { completed: 9_999, failed: 1 } }],
      ['price', price],
      ['each/one', each.tasks.one],
    ])
    expect(formatTaskTree(nestTasks(paths), Date.parse('2026-01-01T00:00:03.020Z'))).toEqual([
      '  ● each  2s  9999 completed, 1 failed',
      '    ✗ one  attempt 3  ToolError:X: no',
      '  ✓ price  20ms',
    ])
  })
})
