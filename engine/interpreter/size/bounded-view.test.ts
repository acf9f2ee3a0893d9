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

  it('Should leave what was bounded before as it is, with the counts of all children', () => {
    const tasks = { c: collection(300, [217]), d: collection(300) }
    const { c, d } = boundView(boundView(tasks, {}, closedBounds).tasks).tasks
    expect(Object.keys(c!.tasks!)).toHaveLength(51)
    expect(c).toMatchObject({ counts: { completed: 299, failed: 1 }, next_cursor: '50' })
    expect(d).toMatchObject({ counts: { completed: 300 }, next_cursor: '50' })
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

  it('Should measure what outputs share once, and cut no character in two', () => {
    const rows = Array.from({ length: 20_000 }, (_, id) => ({ id }))
    const tasks = Object.fromEntries(
      Array.from({ length: 100 }, (_, n) => [`t${n}`, { ...done, output: { e: '😀', n, rows } }]),
    )
    const { t7 } = boundView(tasks).tasks
    expect(t7!.output_bytes).toBe(bytesOf({ e: '😀', n: 7, rows }))
    const odd = { ...done, output: `x${'😀'.repeat(10_000)}` }
    expect(boundView({ odd }).tasks['odd']!.output_start).toBe(`"x${'😀'.repeat(99)}`)
    const split = { ...done, output: '😀'.repeat(10_000) }
    expect(boundView({ split }).tasks['split']!.output_start).toBe(`"${'😀'.repeat(99)}\ufffd`)
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

  it.each([
    [50, undefined],
    [51, '50'],
  ])('Should show %i children at first, and then say where to go on', (count, next) => {
    const { c } = boundView({ c: collection(count) }).tasks
    expect([Object.keys(c!.tasks!).length, c!.next_cursor]).toEqual([50, next])
    expect('counts' in c!).toBe(next !== undefined)
  })

  it('Should show fifty failures after the first children, those that timed out too', () => {
    const late = { ...done, status: 'timed_out' } as const
    const tasks = Object.fromEntries(
      Array.from({ length: 130 }, (_, at) => [`t${at}`, at < 60 ? done : late]),
    )
    const { c: shown } = boundView({ c: { ...done, tasks } }).tasks
    expect(Object.keys(shown!.tasks!)).toEqual([
      ...Array.from({ length: 50 }, (_, at) => `t${at}`),
      ...Array.from({ length: 50 }, (_, at) => `t${at + 60}`),
    ])
    expect(shown).toMatchObject({ counts: { completed: 60, timed_out: 70 }, next_cursor: '50' })
  })

  it.each([
    [200, undefined],
    [201, '200'],
  ])("Should show all of a run's own tasks up to 200: of %i", (count, next) => {
    const { tasks, counts, next_cursor } = boundView(collection(count).tasks!)
    expect([Object.keys(tasks).length, next_cursor]).toEqual([200, next])
    expect(counts).toEqual(next === undefined ? undefined : { completed: count })
    const rest = boundView(collection(count).tasks!, { cursor: '200' }).tasks
    expect(Object.keys(rest)).toHaveLength(count - 200)
  })

  it('Should show a failure that stands right after the first children', () => {
    const { c } = boundView({ c: collection(60, [50]) }).tasks
    expect(Object.keys(c!.tasks!)).toHaveLength(51)
  })

  it.each(['x', '-5', ''])('Should begin at the start for the cursor %j', (cursor) => {
    const { c } = boundView({ c: collection(300, [250]) }, { task: 'c', cursor }).tasks
    expect(Object.keys(c!.tasks!)).toEqual(Array.from({ length: 200 }, (_, at) => String(at)))
    expect(c!.next_cursor).toBe('200')
  })

  it('Should end the last page without a cursor, with the counts of all', () => {
    const { c } = boundView({ c: collection(300) }, { task: 'c', cursor: '290' }).tasks
    expect(Object.keys(c!.tasks!)).toHaveLength(10)
    expect([c!.counts, c!.next_cursor]).toEqual([{ completed: 300 }, undefined])
    const past = boundView({ c: collection(3) }, { task: 'c', cursor: '9' }).tasks['c']!
    expect([past.tasks, past.next_cursor]).toEqual([{}, undefined])
  })

  /** What the state of a task with an id of one character takes. */
  const one = 173

  it('Should show a state that just fits, and not one that does not', () => {
    const shown = (bytes: number, tasks: Readonly<Record<string, TaskView>>) =>
      Object.keys(boundView(tasks, {}, { bytes, outputBytes: 0 }).tasks)
    expect(shown(2 * one, { a: done, b: done })).toEqual(['a', 'b'])
    expect(shown(2 * one - 1, { a: done, b: done })).toEqual(['a'])
    const cut = boundView({ a: done, b: done }, {}, { bytes: one, outputBytes: 0 })
    expect([cut.next_cursor, cut.counts]).toEqual(['1', { completed: 2 }])
    const bytes = one + bytesOf(failed.error)
    expect([shown(bytes, { a: failed }), shown(bytes - 1, { a: failed })]).toEqual([['a'], []])
    expect([shown(one + 3, { ab: done }), shown(one + 2, { ab: done })]).toEqual([['ab'], []])
  })

  it('Should share what is left among containers, and give what one does not need to the next', () => {
    const shown = (left: number, sizes: readonly [number, number]) => {
      const tasks = { c: collection(sizes[0]), d: collection(sizes[1]) }
      const view = boundView(tasks, {}, { bytes: 2 * one + left, outputBytes: 0 }).tasks
      return [view['c']!, view['d']!].map((each) => Object.keys(each.tasks!).length)
    }
    expect(shown(4 * one, [3, 3])).toEqual([2, 2])
    expect(shown(4 * one, [1, 3])).toEqual([1, 3])
    expect(shown(4 * one - 1, [1, 3])).toEqual([1, 2])
  })

  const outputsWithin = (bytes: number, outputBytes: number, ...outputs: readonly string[]) => {
    const tasks = Object.fromEntries(outputs.map((output, at) => [String(at), { ...done, output }]))
    const view = boundView(tasks, {}, { bytes: outputs.length * one + bytes, outputBytes })
    return Object.values(view.tasks).map(({ output, output_bytes: size, output_start: start }) => [
      output,
      size,
      start,
    ])
  }
  const [whole, sizeOnly] = [
    ['abcd', undefined, undefined],
    [undefined, 6, undefined],
  ]
  const begun = [undefined, 6, '"abcd"']

  it('Should show outputs while there is room, and then their size', () => {
    expect(outputsWithin(6, 6, 'abcd')).toEqual([whole])
    expect(outputsWithin(5, 6, 'abcd')).toEqual([sizeOnly])
    expect(outputsWithin(12, 6, 'abcd', 'abcd')).toEqual([whole, whole])
    expect(outputsWithin(11, 6, 'abcd', 'abcd')).toEqual([whole, sizeOnly])
  })

  it('Should show the start of an output that is too large, where there is room for it', () => {
    expect(outputsWithin(1_200, 5, 'abcd')).toEqual([begun])
    expect(outputsWithin(1_199, 5, 'abcd')).toEqual([sizeOnly])
    expect(outputsWithin(1_800, 5, 'abcd', 'abcd')).toEqual([begun, begun])
    expect(outputsWithin(1_799, 5, 'abcd', 'abcd')).toEqual([begun, sizeOnly])
  })

  it('Should leave the cause out of an error that is too large, and no sooner', () => {
    const cause = (bytes: number) => ({ text: 'x'.repeat(bytes) })
    const around = bytesOf({ ...failed.error, cause: cause(0) })
    const shown = (bytes: number) => {
      const error = { ...failed.error, cause: cause(bytes) }
      return boundView({ a: { ...failed, error } }).tasks['a']!.error
    }
    expect(shown(2_048 - around)).toEqual({ ...failed.error, cause: cause(2_048 - around) })
    expect(shown(2_049 - around)).toEqual(failed.error)
  })

  it('Should find no task below one that has none', () => {
    const tasks = { a: done, c: collection(2) }
    for (const task of ['', 'a/x', 'c/7', 'c/1/x', 'c/'])
      expect(boundView(tasks, { task })).toEqual({ tasks: {} })
    expect(boundView(tasks, { task: 'c/1' })).toEqual({ tasks: { 'c/1': done } })
  })
})
