import { describe, expect, it } from 'vitest'
import type { TaskState } from '../../engine/infra/server/routes/execution-view.ts'
import { withCarriedTasks } from './carried-tasks.ts'
import type { ShownTask } from './read-tasks.ts'

const state = (more: Partial<TaskState> = {}): TaskState => ({
  type: 'basic',
  status: 'completed',
  attempts: 1,
  ...more,
})
const shown = (id: string): ShownTask => ({
  id,
  status: 'failed',
  visit: 1,
  started_at: '2026-01-01T00:00:00.000Z',
  ended_at: null,
  attempt_count: 1,
  error: null,
})
/** The first items of a collection as the view has them. */
const items = (count: number, more: Partial<TaskState> = {}) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`one-${at}`, state(more)]))
const again = [shown('each'), shown('each/one-298'), shown('each/one-299')]

describe('the tasks that a repetition took over', () => {
  it('Should count the items that the view has no room for, without those that ran again', () => {
    const counts = { completed: 298, failed: 2 }
    const each = state({ counts, tasks: items(50, { carried: true }) })
    const { tasks, hidden } = withCarriedTasks(again, { each })
    expect(tasks).toHaveLength(3 + 50)
    expect(hidden).toBe(248)
  })

  it('Should count none where the view has them all, or where nothing was taken over', () => {
    const each = state({ tasks: items(10, { carried: true }) })
    expect(withCarriedTasks(again, { each }).hidden).toBe(0)
    const own = state({ counts: { completed: 300 }, tasks: items(50) })
    expect(withCarriedTasks(again, { each: own }).hidden).toBe(0)
  })
})
