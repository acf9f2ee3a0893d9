import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../core/json.ts'
import { createSiblings, type TaskProgress } from '../task/task-progress.ts'
import { compactToJson, isCompact, recordsFromCompact } from './compact-records.ts'

const record = (rest: Partial<TaskProgress> = {}): TaskProgress => ({
  type: 'basic',
  visit: 1,
  startedAt: 5,
  endedAt: 9,
  status: 'completed',
  attempts: 1,
  output: 'out',
  ...rest,
})
const error = { type: 'ToolError:Boom', message: 'it broke' } as const
const failed = record({ status: 'failed', error })

type Entries = readonly (readonly [id: string, record: TaskProgress])[]

function carry(entries: Entries, withOutputs = true) {
  const level = createSiblings([], { records: new Map(entries) })
  return compactToJson(level, withOutputs, ({ status }, withOutput) => ({ status, withOutput }))
}

/** What comes back; a record with details is marked. */
const read = (entries: Entries) => [
  ...recordsFromCompact(carry(entries), (json: JsonObject) => ({
    ...record(),
    type: 'detailed',
    status: json['status'] as TaskProgress['status'],
  })),
]

const items = (count: number, of: (index: number) => TaskProgress): Entries =>
  Array.from({ length: count }, (_, index) => [`row-${index}`, of(index)] as const)

describe('the records of items that a run carries', () => {
  it('Should hold a character for each status, and the common start of ids', () => {
    const statuses = ['completed', 'failed', 'skipped', 'timed_out', 'canceled', 'running'] as const
    const compact = carry(items(6, (index) => record({ status: statuses[index]! })))
    expect(compact).toEqual({
      compact: 1,
      type: 'basic',
      at: 5,
      ids: 'row-',
      statuses: 'cfstxr',
      outputs: [0, 0, 0, 0, 0, 0],
      errors: {},
      details: Object.fromEntries(
        statuses.map((status, index) => [index, { status, withOutput: true }]),
      ),
    })
    expect([isCompact(compact), isCompact({ compact: { status: 'completed' } })]).toEqual([
      true,
      false,
    ])
  })

  it.each<[string, readonly string[], string | readonly string[]]>([
    ['one item', ['row-0'], 'row-'],
    ['ids that a template gave', ['a', 'b'], ['a', 'b']],
    ['ids with a gap', ['row-0', 'row-2'], ['row-0', 'row-2']],
    ['ids that begin elsewhere', ['row-1', 'row-2'], ['row-1', 'row-2']],
    ['no items', [], []],
  ])('Should hold the ids of %s', (_, ids, held) => {
    expect(carry(ids.map((id) => [id, record()])).ids).toEqual(held)
    expect(read(ids.map((id) => [id, record()])).map(([id]) => id)).toEqual(ids)
  })

  it('Should hold only outputs of what has ended past the first hundred', () => {
    const entries = items(103, (index) =>
      index === 101 ? record({ status: 'running' }) : record(),
    )
    const { outputs, details, errors } = carry(entries)
    expect(Object.keys(details)).toEqual([...Array(100).keys(), 101].map(String))
    expect(outputs).toEqual([...Array<number>(100).fill(0), 'out', 0, 'out'])
    expect(Object.keys(errors)).toEqual([])
    expect(read(entries).map(([, { type }]) => type)).toEqual([
      ...Array<string>(100).fill('detailed'),
      'basic',
      'detailed',
      'basic',
    ])
  })

  it('Should hold no outputs and no errors below a container that has ended', () => {
    const { outputs, errors, details } = carry(
      items(201, () => failed),
      false,
    )
    expect([outputs, errors]).toEqual([[], {}])
    expect(details['0']).toEqual({ status: 'failed', withOutput: false })
  })

  it('Should hold a hundred failures past the first hundred items whole, and the errors of more', () => {
    const entries = items(203, (index) => (index === 150 ? record() : failed))
    const { details, errors, outputs } = carry(entries)
    expect(Object.keys(details)).toHaveLength(200)
    expect([details['150'], details['200'], details['201']]).toEqual([
      undefined,
      { status: 'failed', withOutput: true },
      undefined,
    ])
    expect(errors).toEqual({ 201: error, 202: error })
    expect(outputs.slice(200)).toEqual([0, 'out', 'out'])
    expect(read(entries)[202]).toStrictEqual(['row-202', { ...failed, startedAt: 5, endedAt: 5 }])
  })

  it('Should give items without details the times of the collection, and no attempt to skipped ones', () => {
    const skipped = record({ status: 'skipped', attempts: 0 })
    const entries = items(102, (index) => (index === 101 ? skipped : record()))
    expect(read(entries).slice(100)).toStrictEqual([
      ['row-100', { ...record(), endedAt: 5 }],
      ['row-101', { ...skipped, endedAt: 5 }],
    ])
  })

  it('Should take an item for canceled whose status this engine does not know', () => {
    const compact = { ...carry(items(101, () => record())), details: {} }
    const statuses = `${compact.statuses.slice(1)}?`
    const read = recordsFromCompact({ ...compact, statuses, outputs: [] }, () => record())
    expect(read.get('row-100')).toStrictEqual({
      type: 'basic',
      visit: 1,
      startedAt: 5,
      endedAt: 5,
      status: 'canceled',
      attempts: 1,
    })
  })
})
