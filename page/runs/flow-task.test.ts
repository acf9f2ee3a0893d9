import { describe, expect, it } from 'vitest'
import type { FlowTask } from '../api/client.ts'
import { findFlowTask, subjectOf } from './flow-task.ts'

const task = (id: string, type: string, more: Partial<FlowTask> = {}): FlowTask => ({
  id,
  type,
  place: 'a.yaml:1:1',
  follows: [],
  tasks: [],
  ...more,
})
const charge = task('charge', 'basic', { subject: 'charge-card' })
const each = task('to-{{ .item }}', 'composite', { tasks: [charge, task('note', 'aggregate')] })
const tasks = [
  task('both', 'parallel', { tasks: [task('left', 'basic', { subject: 'tell' }), charge] }),
  task('ship', 'collection', { tasks: [each] }),
]

describe('the definition of a task of a run', () => {
  it.each([
    ['a task', 'both', 'both'],
    ['a task in a container', 'both/charge', 'charge'],
    ['an item of a collection', 'ship/to-moon', 'to-{{ .item }}'],
    ['a task inside of an item', 'ship/to-moon/note', 'note'],
  ])('Should be found for %s', (_, path, id) => {
    expect(findFlowTask(tasks, path)?.id).toBe(id)
  })

  it.each(['gone', 'both/gone', 'ship/to-moon/gone', 'both/charge/gone'])(
    'Should not be found for %s, which the definition has no more',
    (path) => {
      expect(findFlowTask(tasks, path)).toBeUndefined()
    },
  )
})

describe('what a task works on', () => {
  it.each([
    ['basic', 'Tool'],
    ['wait', 'Waits for'],
    ['signal', 'Signal'],
    ['workflow', 'Workflow'],
  ])('Should have a label for the type %s', (type, label) => {
    expect(subjectOf(task('a', type, { subject: 'x' }))).toEqual({ label, name: 'x' })
  })

  it('Should be nothing for a task that only holds others, or whose subject is unknown', () => {
    expect(subjectOf(tasks[0]!)).toBeUndefined()
    expect(subjectOf(task('a', 'basic'))).toBeUndefined()
  })
})
