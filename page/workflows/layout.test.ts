import { describe, expect, it } from 'vitest'
import type { FlowTask } from '../api/client.ts'
import { layOut } from './layout.ts'

const task = (id: string, ...next: readonly string[]): FlowTask => ({
  id,
  type: 'basic',
  place: 'a.yaml:1:1',
  follows: next.map((to) => ({ to, on: 'success' })),
  tasks: [],
})
const placesOf = (...tasks: readonly FlowTask[]) =>
  layOut(tasks).tasks.map(({ task: { id }, column, row }) => `${id} ${column},${row}`)

describe('the drawing of a workflow', () => {
  it('Should put a task after all that lead to it', () => {
    const places = placesOf(task('a', 'b', 'c'), task('b', 'c'), task('c'))
    expect(places).toEqual(['a 0,0', 'b 1,0', 'c 2,0'])
  })

  it('Should put tasks of one column under one another', () => {
    expect(placesOf(task('a', 'b', 'c'), task('b'), task('c'))).toEqual(['a 0,0', 'b 1,0', 'c 1,1'])
  })

  it('Should end for a loop, and keep its way back as an edge', () => {
    const { tasks, edges } = layOut([task('a', 'b'), task('b', 'a')])
    expect(tasks.map(({ column }) => column)).toEqual([0, 1])
    expect(edges).toHaveLength(2)
  })

  it('Should leave out an edge to a task that is not there', () => {
    expect(layOut([task('a', 'gone')]).edges).toEqual([])
  })
})
