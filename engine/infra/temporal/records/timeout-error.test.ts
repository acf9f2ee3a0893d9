import { describe, expect, it } from 'vitest'
import type { InterruptedTask } from '../../../definition/run-records.ts'
import { Journal } from './journal.ts'
import { timeoutError } from './timeout-error.ts'

const start = (journal: Journal, path: string) =>
  journal.taskStarted({ key: path, path, type: 'basic', visit: 1 }, 1)

const errorOf = (act: (journal: Journal) => void): string => {
  const journal = new Journal()
  act(journal)
  journal.closeOpenTasks(2_001)
  return timeoutError(2_000, journal.read()).message
}
const limit = 'the run took longer than its config.timeout of 2s'

describe('the error of a run that timed out', () => {
  it('Should name the limit and the signal that a task was waiting for', () => {
    const message = errorOf((journal) => {
      start(journal, 'charge')
      journal.taskEnded('charge', { status: 'completed' }, 2)
      start(journal, 'go')
      journal.signalAwaited('go', 'start')
    })
    expect(message).toBe(`${limit}; task go was waiting for the signal start`)
  })

  it('Should not name a signal that the task has taken', () => {
    const message = errorOf((journal) => {
      start(journal, 'go')
      journal.signalAwaited('go', 'start')
      journal.signalTaken('go', { name: 'start', payload: null, receivedAt: 2 }, 2)
    })
    expect(message).toBe(`${limit}; task go was running`)
  })

  it('Should name the innermost tasks and their attempts, not the containers', () => {
    const message = errorOf((journal) => {
      start(journal, 'all')
      start(journal, 'all/a')
      start(journal, 'all/b')
      journal.attemptStarted('all/a', 1, 1)
      journal.attemptFailed('all/a', 1, { type: 'ToolError:Error', message: 'busy' }, 2)
      journal.attemptStarted('all/a', 2, 3)
    })
    expect(message).toBe(`${limit}; task all/a was running (attempt 2), task all/b was running`)
  })

  it('Should say that no task had started', () => {
    expect(errorOf(() => undefined)).toBe(`${limit}; no task had started`)
  })

  it('Should name no task when the run was between two', () => {
    const message = errorOf((journal) => {
      start(journal, 'charge')
      journal.taskEnded('charge', { status: 'completed' }, 2)
    })
    expect(message).toBe(limit)
  })

  it('Should count tasks beyond the first, and say what is known of the rest', () => {
    const task = (n: number): InterruptedTask => ({ id: `all/item-${n}`, attempt: 1 })
    const journal = new Journal()
    start(journal, 'all')
    const records = { ...journal.read(), interrupted: [1, 2, 3, 4, 5].map(task) }
    expect(timeoutError(undefined, records).message).toBe(
      'the run took longer than its config.timeout allows; task all/item-1 was running, task all/item-2 was running, task all/item-3 was running, 2 more',
    )
    expect(timeoutError(2_000, undefined)).toEqual({ type: 'TaskTimeout', message: limit })
  })
})
