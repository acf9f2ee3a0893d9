import { describe, expect, it } from 'vitest'
import type { TaskIr } from '../../definition/task-ir.ts'
import { standardKinds } from '../index.ts'
import { childTasksOf, isPerItem, taskTypesOf } from './child-tasks.ts'

const task = (type: string, fields: Readonly<Record<string, unknown>> = {}): TaskIr => ({
  id: type,
  type,
  place: 'flow.yaml:1:1',
  ...fields,
})

const typesOf = (...tasks: TaskIr[]): string[] =>
  [
    ...taskTypesOf(
      { irVersion: 1, id: 'flow', project: { name: 'p' }, env: {}, maxTasks: 1, tasks },
      standardKinds,
    ),
  ].toSorted()

describe('taskTypesOf', () => {
  it('Should find children at any depth, once each', () => {
    const inner = task('collection', { task: task('basic') })
    const outer = task('parallel', {
      tasks: [inner, task('basic'), task('composite', { tasks: [task('wait')] })],
    })
    expect(typesOf(outer, task('basic'))).toEqual([
      'basic',
      'collection',
      'composite',
      'parallel',
      'wait',
    ])
  })

  it('Should find the inline tasks of routes, and pass over the ids', () => {
    const routes = { a: 'next', b: task('pause') }
    expect(typesOf(task('router', { routes, default: task('signal') }))).toEqual([
      'pause',
      'router',
      'signal',
    ])
  })

  it('Should not take for a task what only looks like one: the author has fields of any shape', () => {
    expect(
      typesOf(task('aggregate', { outputs: { type: 'basic' }, list: [{ type: 'pause' }] })),
    ).toEqual(['aggregate'])
  })
})

describe('childTasksOf', () => {
  const idsIn = (of: TaskIr): string[] => childTasksOf(of, standardKinds).map(({ id }) => id)

  it('Should give the tasks right below a task', () => {
    const inner = task('parallel', { tasks: [task('basic')] })
    expect(idsIn(task('composite', { tasks: [inner, task('pause')] }))).toEqual([
      'parallel',
      'pause',
    ])
    const routes = { a: task('pause'), b: 'next' }
    expect(idsIn(task('router', { routes, default: task('signal') }))).toEqual(['pause', 'signal'])
    expect(idsIn(task('wait', { processor: task('basic') }))).toEqual(['basic'])
  })

  it('Should leave out the items of a collection, and what a task leads to', () => {
    expect(idsIn(task('collection', { task: task('basic') }))).toEqual([])
    expect(idsIn(task('router', { routes: { a: 'next' }, default: 'next' }))).toEqual([])
    expect(idsIn(task('basic', { on_success: { next: 'next' } }))).toEqual([])
    expect(idsIn(task('wait', { on_timeout: 'next' }))).toEqual([])
  })
})

describe('isPerItem', () => {
  it('Should tell the task of a collection from others', () => {
    const { task: item } = standardKinds.find('collection')!.fields
    const { processor } = standardKinds.find('wait')!.fields
    expect([isPerItem(item!), isPerItem(processor!)]).toEqual([true, false])
  })
})
