import { describe, expect, it } from 'vitest'
import {
  createSiblings,
  entryOf,
  noteChange,
  recordReader,
  roundBefore,
  tasksOf,
  type TaskProgress,
} from './task-progress.ts'

const error = { type: 'ToolError:Boom', message: 'it broke' } as const
const done: TaskProgress = {
  type: 'basic',
  visit: 1,
  startedAt: 0,
  endedAt: 1_000,
  status: 'completed',
  attempts: 2,
  output: 'out',
}
const running: TaskProgress = {
  type: 'basic',
  visit: 1,
  startedAt: 0,
  status: 'running',
  attempts: 1,
}
const entry = {
  output: 'out',
  status: 'completed',
  error: null,
  errors: [],
  attempts: 2,
  started_at: '1970-01-01T00:00:00.000Z',
  ended_at: '1970-01-01T00:00:01.000Z',
}

describe('.tasks.<id>', () => {
  it('Should say how a task ended, or that it never ran', () => {
    expect(entryOf(done)).toEqual(entry)
    expect(entryOf({ ...done, error, errors: [error] })).toMatchObject({ error, errors: [error] })
    expect(entryOf(undefined)).toEqual({
      output: null,
      status: 'pending',
      error: null,
      errors: [],
      attempts: 0,
      started_at: null,
      ended_at: null,
    })
  })

  it('Should be that of the round before while another one runs, with its failures by now', () => {
    expect(entryOf({ ...running, before: entry })).toBe(entry)
    expect(entryOf({ ...running, before: entry, errors: [error] })).toEqual({
      ...entry,
      errors: [error],
    })
    expect(entryOf(running)).toMatchObject({ status: 'running', output: null })
    expect(entryOf({ ...done, before: { status: 'failed' } })).toEqual(entry)
  })
})

describe('the round before', () => {
  const again = (record: TaskProgress): TaskProgress => ({
    ...running,
    visit: record.visit + 1,
    before: entryOf(record),
  })

  it.each<[string, TaskProgress]>([
    ['completed', done],
    ['failed', { ...running, endedAt: 5, status: 'failed', error, errors: [error] }],
    ['was the second one', { ...done, visit: 2 }],
    ['was skipped', { ...running, endedAt: 0, status: 'skipped', attempts: 0 }],
  ])('Should be the record of a round that %s', (_, record) => {
    expect(roundBefore(again(record))).toEqual(record)
  })

  it('Should not exist in the first round', () => {
    expect(roundBefore(running)).toBeUndefined()
    expect(roundBefore({ ...done, status: 'failed' })).toBeUndefined()
  })
})

describe('.tasks', () => {
  const outer = () =>
    createSiblings([{ id: 'a', type: 'basic' }], { records: new Map([['a', done]]) })

  it('Should have the tasks of a level, those that have not started too, over those around it', () => {
    const around = outer()
    const inner = createSiblings(
      [
        { id: 'b', type: 'basic' },
        { id: 'c', type: 'basic' },
      ],
      { outer: around, records: new Map([['b', running]]) },
    )
    expect(Object.keys(tasksOf(inner))).toEqual(['a', 'b', 'c'])
    expect(tasksOf(inner)).toMatchObject({
      a: { status: 'completed' },
      b: { status: 'running' },
      c: { status: 'pending' },
    })
    const hiding = createSiblings([{ id: 'a', type: 'basic' }], { outer: around })
    expect(tasksOf(hiding)).toMatchObject({ a: { status: 'pending' } })
    const items = createSiblings([], { records: new Map([['row-0', done]]) })
    expect(tasksOf(items)).toEqual({ 'row-0': entry })
  })

  it('Should be made anew only after a change, of the level or of one around it', () => {
    const around = outer()
    const inner = createSiblings([], { outer: around })
    const seen = tasksOf(inner)
    expect(tasksOf(inner)).toBe(seen)
    around.records.set('a', running)
    expect(tasksOf(inner)).toBe(seen)
    noteChange(around)
    expect(tasksOf(inner)).toMatchObject({ a: { status: 'running' } })
    const again = tasksOf(inner)
    inner.records.set('x', done)
    noteChange(inner)
    expect([Object.keys(again), Object.keys(tasksOf(inner))]).toEqual([['a'], ['a', 'x']])
  })
})

describe('the view of a level', () => {
  const level = createSiblings(
    [
      { id: 'a', type: 'basic' },
      { id: 'b', type: 'wait' },
      { id: 'd', type: 'wait' },
    ],
    {
      records: new Map([
        ['a', { ...done, failedAttempts: [] }],
        ['row-0', running],
      ]),
    },
  )

  it('Should have what started first, and then what never ran', () => {
    expect([...recordReader.entriesOf(level)].map(([id]) => id)).toEqual(['a', 'row-0', 'b', 'd'])
    expect(recordReader.sizeOf(level)).toBe(4)
  })

  it('Should find each task, and none that is not there', () => {
    expect(recordReader.find(level, 'a')).toMatchObject({ status: 'completed' })
    expect(recordReader.find(level, 'row-0')).toBe(running)
    expect(recordReader.viewOf(recordReader.find(level, 'b')!)).toEqual({
      type: 'wait',
      status: 'pending',
      attempts: 0,
    })
    expect(recordReader.find(level, 'c')).toBeUndefined()
  })

  it('Should show what is known of a task and nothing else', () => {
    const children = createSiblings([])
    const record = { ...done, error, before: entry, children, visit: 3 }
    expect(recordReader.viewOf(record)).toEqual({
      type: 'basic',
      status: 'completed',
      attempts: 2,
      started_at: 0,
      ended_at: 1_000,
      output: 'out',
      error,
    })
    expect(recordReader.childrenOf(record)).toBe(children)
    expect(recordReader.statusOf(record)).toBe('completed')
  })
})
