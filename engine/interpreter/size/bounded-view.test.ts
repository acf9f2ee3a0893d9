import { describe, expect, it } from 'vitest'
import { jsonBytes, limits } from '../../core/limits.ts'
import type { TaskView } from '../../definition/run-protocol.ts'
import { boundView, closedBounds } from './bounded-view.ts'

const done = {
  type: 'basic',
  status: 'completed',
  attempts: 1,
  started_at: 1,
  ended_at: 2,
} as const
const failed = { ...done, status: 'failed', error: { type: 'ToolCrashed', message: 'no' } } as const

/** A collection of `count` items; those in `failures` failed. */
function collection(count: number, failures: readonly number[] = [], output?: string): TaskView {
  const item = (index: number): TaskView => {
    if (failures.includes(index)) return failed
    return output === undefined ? done : { ...done, output }
  }
  const tasks = Object.fromEntries(Array.from({ length: count }, (_, at) => [String(at), item(at)]))
  return { ...done, type: 'collection', status: 'running', tasks }
}

const bytesOf = (value: unknown): number => jsonBytes(value as never)

describe('boundView', () => {
  it('Should show a small run whole, without counts', () => {
    const tasks = { a: { ...done, output: { n: 1 } }, c: collection(3, [1], 'x') }
    expect(boundView(tasks)).toEqual({ tasks })
  })

  it('Should show the first children of a large container, its failures, counts and where to go on', () => {
    const { c } = boundView({ c: collection(10_000, [7_000, 9_999]) }).tasks
    expect(Object.keys(c!.tasks!)).toHaveLength(52)
    expect(Object.keys(c!.tasks!).slice(-2)).toEqual(['7000', '9999'])
    expect(c).toMatchObject({ counts: { completed: 9_998, failed: 2 }, next_cursor: '50' })
  })

  it('Should reach every child by task and cursor, each once', () => {
    const tasks = { c: collection(1_234) }
    const seen: string[] = []
    let cursor: string | undefined = '0'
    while (cursor !== undefined) {
      const page: TaskView = boundView(tasks, { task: 'c', cursor }).tasks['c']!
      seen.push(...Object.keys(page.tasks!))
      cursor = page.next_cursor
    }
    expect(seen).toEqual(Array.from({ length: 1_234 }, (_, at) => String(at)))
  })

  it('Should cut a large output to its size, and show it whole when its task is asked for', () => {
    const output = { text: 'x'.repeat(100_000) }
    const tasks = { c: { ...done, tasks: { 0: { ...done, output } } } }
    expect(boundView(tasks).tasks['c']!.tasks![0]).toEqual({
      ...done,
      output_bytes: bytesOf(output),
      output_start: `{"text":"${'x'.repeat(191)}`,
    })
    expect(boundView(tasks, { task: 'c/0' }).tasks).toEqual({ 'c/0': { ...done, output } })
  })

  it.each<[string, Readonly<Record<string, TaskView>>]>([
    [
      'many failures',
      {
        c: collection(
          10_000,
          Array.from({ length: 9_000 }, (_, at) => at),
        ),
      },
    ],
    ['many outputs', { c: collection(5_000, [], 'ü'.repeat(4_000)) }],
    [
      'many containers of many',
      Object.fromEntries(
        Array.from({ length: 500 }, (_, at) => [`c${at}`, collection(200, [199])]),
      ),
    ],
    [
      'long errors',
      {
        a: {
          ...failed,
          error: { type: 'ToolCrashed', message: 'y'.repeat(900_000), cause: { z: 'z' } },
        },
      },
    ],
    ['many tasks', collection(20_000).tasks!],
  ])('Should never exceed its bounds: %s', (_, tasks) => {
    expect(bytesOf(boundView(tasks))).toBeLessThan(limits.viewBytes)
    expect(bytesOf(boundView(tasks, {}, closedBounds))).toBeLessThan(limits.taskStatesBytes)
    const [first] = Object.keys(tasks)
    expect(bytesOf(boundView(tasks, { task: first! }))).toBeLessThan(limits.viewBytes)
  })

  it('Should not let a large container hide the one after it', () => {
    const tasks = {
      big: collection(
        5_000,
        Array.from({ length: 5_000 }, (_, at) => at),
      ),
      small: collection(2),
    }
    expect(boundView(tasks).tasks['small']!.tasks).toEqual(collection(2).tasks)
  })

  it('Should show nothing for a task that is not there, and keep outputs out of what a closed run keeps', () => {
    const tasks = { a: { ...done, output: 1 } }
    expect(boundView(tasks, { task: 'b' })).toEqual({ tasks: {} })
    expect(boundView(tasks, { task: 'constructor/x' })).toEqual({ tasks: {} })
    expect(boundView(tasks, {}, closedBounds)).toEqual({ tasks: { a: done } })
  })
})
