import { describe, expect, it } from 'vitest'
import type { InterpreterRevision } from '../../definition/run-protocol.ts'
import type { TaskIr } from '../../definition/task-ir.ts'
import { standardKinds } from '../../kinds/index.ts'
import { TaskLevels } from './task-levels.ts'
import { createSiblings, tasksOf, type SiblingTasks, type TaskProgress } from './task-progress.ts'

const task = (id: string, fields: Partial<TaskIr> = {}): TaskIr => ({
  id,
  type: 'basic',
  place: 'flow.yaml:1:1',
  ...fields,
})
const record = (more: Partial<TaskProgress> = {}): TaskProgress => ({
  type: 'basic',
  visit: 1,
  startedAt: 0,
  status: 'completed',
  attempts: 1,
  ...more,
})
const container = task('p', { type: 'parallel', tasks: [task('a'), task('b')] })
const around = createSiblings([task('p')])
const opened = () =>
  createSiblings([task('a')], {
    outer: around,
    records: new Map([['a', record({ output: 1 })]]),
  })
const levelsOf = (of: TaskIr, taskRecord = record(), revision: InterpreterRevision = 6) =>
  new TaskLevels({ kinds: standardKinds, revision }, of, taskRecord, {
    visible: around,
    records: around,
  })
const outputsIn = (level: SiblingTasks) =>
  Object.fromEntries(
    Object.entries(tasksOf(level)).map(([id, entry]) => [
      id,
      (entry as { output: unknown }).output,
    ]),
  )

describe('the levels of a task', () => {
  it('Should have all children at the end of a container that never opened its own', () => {
    const levels = levelsOf(container)
    expect(outputsIn(levels.ended())).toEqual({ p: null, a: null, b: null })
    expect(levels.edgeFailed()).toBe(levels.ended())
    expect(levels.running()).toBe(around)
  })

  it('Should have what ran, and what did not, at the end of one that did', () => {
    const levels = levelsOf(container)
    levels.open(opened(), () => [task('item-0')])
    expect(outputsIn(levels.ended())).toEqual({ p: null, a: 1, b: null, 'item-0': null })
    expect(levels.running()).toBe(around)
  })

  it('Should keep what ran of the tasks that it may have', () => {
    const levels = levelsOf(task('p', { type: 'collection', task: task('a') }))
    levels.open(opened(), () => [task('a'), task('late')])
    expect(outputsIn(levels.ended())).toEqual({ p: null, a: 1, late: null })
    expect(levels.ended().tasks.map(({ id }) => id)).toEqual(['late'])
  })

  it('Should have the children that an earlier run left where it was not opened again', () => {
    const levels = levelsOf(container, record({ children: opened() }))
    expect(outputsIn(levels.ended())).toEqual({ p: null, a: 1, b: null })
  })

  it('Should be the level around a task that has no children', () => {
    const levels = levelsOf(task('p'))
    expect([levels.ended(), levels.edgeFailed()]).toEqual([around, around])
    expect(levels.ended()).toBe(around)
  })

  it('Should see what its tasks become after it was asked', () => {
    const levels = levelsOf(container)
    expect(outputsIn(levels.ended())).toMatchObject({ p: null })
    around.records.set('p', record({ output: 'late' }))
    around.revision++
    expect(outputsIn(levels.ended())).toMatchObject({ p: 'late' })
    around.records.clear()
    around.revision++
  })

  it('Should be those of the older rules in a run that an older engine began', () => {
    const levels = levelsOf(container, record(), 5)
    expect(
      [levels.ended(), levels.edgeFailed(), levels.running()].every((level) => level === around),
    ).toBe(true)
    const below = opened()
    levels.open(below, () => [task('item-0')])
    expect([levels.ended(), levels.running()].every((level) => level === below)).toBe(true)
    expect(levels.edgeFailed()).toBe(around)
  })
})
