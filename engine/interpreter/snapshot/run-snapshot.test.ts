import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../core/json.ts'
import { createSiblings, recordReader, type TaskProgress } from '../task/task-progress.ts'
import { snapshotFromJson, snapshotToJson, type RunSnapshot } from './run-snapshot.ts'

const error = { type: 'ToolError:Boom', message: 'it broke' } as const
const done = (rest: Partial<TaskProgress> = {}): TaskProgress => ({
  type: 'basic',
  visit: 1,
  startedAt: 1,
  endedAt: 2,
  status: 'completed',
  attempts: 1,
  output: 'out',
  ...rest,
})
const running = (rest: Partial<TaskProgress> = {}): TaskProgress => ({
  type: 'composite',
  visit: 1,
  startedAt: 1,
  status: 'running',
  attempts: 1,
  ...rest,
})

function snapshotOf(records: Readonly<Record<string, TaskProgress>>): RunSnapshot {
  return {
    startedAt: 5,
    position: { following: { id: 'a', arrival: { input: {} } }, passed: 3, sleeps: true },
    sleepsUntil: 9,
    hasStarted: true,
    lastRank: 7,
    level: createSiblings([], { records: new Map(Object.entries(records)) }),
    signals: [{ id: 'go', payload: 1, receivedAt: 4 }],
  }
}

const recordsOf = (records: Readonly<Record<string, TaskProgress>>) =>
  snapshotToJson(snapshotOf(records))['records'] as Record<string, JsonObject>

/** What comes back after a trip as text. */
function carriedOver(snapshot: RunSnapshot): RunSnapshot {
  const carried = JSON.parse(JSON.stringify(snapshotToJson(snapshot))) as never
  return snapshotFromJson(carried, [])
}

describe('what a run carries', () => {
  it('Should come back as it was', () => {
    const snapshot = snapshotOf({
      a: done({ errors: [error] }),
      b: done({ status: 'failed', error, attempts: 2 }),
      c: running({ resumePoint: { rank: 4 } }),
    })
    const read = carriedOver(snapshot)
    expect({ ...read, level: [...read.level.records] }).toEqual({
      ...snapshot,
      level: [...snapshot.level.records],
    })
  })

  it('Should be read from an engine that told less: between two tasks, awake, no wait ranked', () => {
    const {
      sleeps: _,
      sleepsUntil: _until,
      hasStarted: _started,
      lastRank: _rank,
      ...older
    } = snapshotToJson(snapshotOf({}))
    expect(snapshotFromJson({ ...older }, [])).toMatchObject({
      startedAt: 5,
      position: { passed: 3, sleeps: false },
      hasStarted: false,
      lastRank: 0,
      signals: [{ id: 'go', payload: 1, receivedAt: 4 }],
    })
  })

  it('Should tell the round before only of a task that goes on', () => {
    const before = { status: 'completed', output: 1 }
    const records = recordsOf({
      open: running({ before }),
      failed: done({ status: 'failed', before }),
    })
    expect(records['open']).toMatchObject({ before })
    expect(records['failed']).not.toHaveProperty('before')
  })

  it('Should tell where a task goes on only while it runs, and ask it last', () => {
    const point = { rank: 1 }
    const records = recordsOf({
      asked: running({ resumePoint: { rank: 9 }, toResumePoint: () => point }),
      kept: running({ resumePoint: point }),
      ended: done({ status: 'failed', resumePoint: point, toResumePoint: () => point }),
    })
    expect([records['asked']!['left'], records['kept']!['left']]).toEqual([point, point])
    expect(records['ended']).not.toHaveProperty('left')
  })

  it('Should hold the outputs below a container only while it goes on', () => {
    const children = () => createSiblings([], { records: new Map([['x', done()]]) })
    const records = recordsOf({
      going: running({ children: children() }),
      ended: done({ type: 'composite', children: children() }),
    })
    expect(records['going']).toMatchObject({ children: { x: { output: 'out' } } })
    expect((records['ended']!['children'] as Record<string, JsonObject>)['x']).not.toHaveProperty(
      'output',
    )
    expect(records['ended']).toMatchObject({ output: 'out' })
  })

  it('Should name what never ran in a container that has ended', () => {
    const tasks = [
      { id: 'x', type: 'basic' },
      { id: 'y', type: 'wait' },
    ]
    const children = createSiblings(tasks, { records: new Map([['x', done()]]) })
    const both = createSiblings(tasks.slice(0, 1), { records: new Map([['x', done()]]) })
    const records = recordsOf({
      ended: done({ children }),
      whole: done({ children: both }),
      going: running({ children }),
    })
    expect(records['ended']!['unstarted']).toEqual({ y: 'wait' })
    expect(records['whole']).not.toHaveProperty('unstarted')
    expect(records['going']).not.toHaveProperty('unstarted')
    const read = carriedOver(snapshotOf({ ended: done({ children }) })).level.records.get('ended')!
    expect(recordReader.viewOf(recordReader.find(read.children!, 'y')!)).toMatchObject({
      type: 'wait',
      status: 'pending',
    })
  })

  it('Should hold the items of a collection in short, and tell them apart again', () => {
    const items = createSiblings([], { apart: true, records: new Map([['row-0', done()]]) })
    const records = recordsOf({ each: running({ type: 'collection', children: items }) })
    expect(records['each']).toMatchObject({ children: { compact: 1, ids: 'row-' } })
    const read = carriedOver(snapshotOf({ each: running({ children: items }) }))
    const children = read.level.records.get('each')!.children!
    expect([children.apart, [...children.records.keys()]]).toEqual([true, ['row-0']])
    const plain = createSiblings([], { records: new Map([['x', done()]]) })
    const other = carriedOver(snapshotOf({ c: running({ children: plain }) }))
    expect(other.level.records.get('c')!.children!.apart).not.toBe(true)
  })

  it('Should leave out an empty list of failures', () => {
    expect(recordsOf({ a: done({ errors: [] }) })['a']).not.toHaveProperty('errors')
    expect(carriedOver(snapshotOf({ a: done() })).level.records.get('a')).toStrictEqual(done())
  })
})
