import { describe, expect, it } from 'vitest'
import type { TaskIr } from '../../definition/task-ir.ts'
import { standardKinds } from '../index.ts'
import { taskTypesOf } from './child-tasks.ts'

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
