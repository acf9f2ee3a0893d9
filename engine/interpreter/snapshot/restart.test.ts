import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../core/json.ts'
import type { Run, RunEvent } from '../../definition/run-protocol.ts'
import type { RunStart } from '../../definition/workflow-ir.ts'
import type { RunRecorder } from '../../definition/run-recorder.ts'
import { createRun } from '../interpret.ts'
import { compileTest, type TestWorkflow } from '../testing/compile.ts'

const startOf = (tasks: TestWorkflow['tasks']): RunStart => ({
  definition: compileTest({ tasks }),
  sha256: '',
  input: {},
  trigger: { type: 'api' },
})

const nothing = (): void => undefined

/** A run that is read from its history has one. */
const recorder: RunRecorder = {
  taskStarted: nothing,
  inputComputed: nothing,
  attemptStarted: nothing,
  attemptFailed: nothing,
  childStarted: nothing,
  signalAwaited: nothing,
  signalTaken: nothing,
  signalRefused: nothing,
  taskEnded: nothing,
}

const begin = (start: RunStart, startedAt: number, more: { recorder?: RunRecorder } = {}): Run =>
  createRun(start, { execId: 'run-1', startedAt, uuid: () => 'id', revision: 4, ...more })

/** A run to which these events happened, at these times. */
function played(
  tasks: TestWorkflow['tasks'],
  events: readonly (readonly [at: number, event: RunEvent])[],
  more: { recorder?: RunRecorder } = { recorder },
) {
  const start = startOf(tasks)
  const run = begin(start, 0, more)
  run.step([{ type: 'started' }], 0, 'short')
  for (const [at, event] of events) run.step([event], at, 'short')
  return { start, run }
}

const error = { type: 'ToolError:Boom', message: 'it broke' } as const
const tasks = [
  { id: 'first', tool: 'echo', on_success: { next: 'all' } },
  {
    id: 'all',
    type: 'parallel',
    tasks: [
      { id: 'a', tool: 'echo' },
      { id: 'b', tool: 'echo' },
    ],
  },
]

describe('a run that begins where another one ended', () => {
  it('Should start its container anew, and keep the times of what succeeded before', () => {
    const { start, run } = played(tasks, [
      [1_000, { type: 'resolved', seq: 1, value: 1 }],
      [2_000, { type: 'resolved', seq: 2, value: 2 }],
      [3_000, { type: 'rejected', seq: 3, error }],
    ])
    expect(run.view().tasks['all']).toMatchObject({ status: 'failed', started_at: 1_000 })
    const carried = run.restart({ startedAt: 60_000, keepsChildren: true })!
    const again = begin({ ...start, carried }, 60_000)
    again.step([{ type: 'started' }], 60_000, 'short')
    expect(again.view().tasks).toMatchObject({
      first: { status: 'completed', started_at: 0, ended_at: 1_000 },
      all: {
        status: 'running',
        started_at: 60_000,
        tasks: {
          a: { status: 'completed', started_at: 1_000, ended_at: 2_000 },
          b: { status: 'running', started_at: 60_000 },
        },
      },
    })
  })

  it('Should begin at the wait in which a run was canceled', () => {
    const wait = { id: 'approval', type: 'wait', wait_for: 'approve', timeout: '1h' }
    const { run } = played(
      [{ id: 'first', tool: 'echo', on_success: { next: 'approval' } }, wait],
      [
        [1_000, { type: 'resolved', seq: 1, value: 1 }],
        [2_000, { type: 'cancel_requested' }],
      ],
    )
    const carried = run.restart({ startedAt: 60_000, keepsChildren: true })
    expect(carried).toMatchObject({
      following: { id: 'approval' },
      records: {
        first: { status: 'completed', startedAt: 0 },
        approval: { status: 'running', startedAt: 60_000 },
      },
    })
  })

  it('Should not exist for a run whose tasks all succeeded', () => {
    const { run } = played(
      [{ id: 'only', tool: 'echo' }],
      [[1_000, { type: 'resolved', seq: 1, value: 1 }]],
    )
    expect(run.restart({ startedAt: 60_000, keepsChildren: true })).toBeUndefined()
  })

  const failedAt = { startedAt: 60_000, keepsChildren: true }

  it('Should begin at the task that failed, without its record, and say that it repeats', () => {
    const { run } = played(
      [
        { id: 'first', tool: 'echo', on_success: { next: 'last' } },
        { id: 'last', tool: 'echo' },
      ],
      [
        [1_000, { type: 'resolved', seq: 1, value: 1 }],
        [2_000, { type: 'rejected', seq: 2, error }],
      ],
    )
    const carried = run.restart(failedAt)!
    expect(carried).toMatchObject({ following: { id: 'last' }, hasStarted: true, repeats: true })
    expect(Object.keys(carried['records'] as object)).toEqual(['first'])
    expect(carried['signals']).toEqual([])
  })

  it('Should start its container anew without anything in it where that is asked for', () => {
    const { run } = played(tasks, [
      [1_000, { type: 'resolved', seq: 1, value: 1 }],
      [2_000, { type: 'resolved', seq: 2, value: 2 }],
      [3_000, { type: 'rejected', seq: 3, error }],
    ])
    const carried = run.restart({ ...failedAt, keepsChildren: false })!
    expect(Object.keys(carried['records'] as object)).toEqual(['first'])
  })

  it('Should keep what succeeded at any depth, and compute the items of a collection anew', () => {
    const { run } = played(
      [
        {
          id: 'each',
          type: 'collection',
          items: ['x', 'y'],
          strategy: 'wait_all',
          task: {
            id: 'box',
            type: 'composite',
            tasks: [
              { id: 'a', tool: 'echo' },
              { id: 'b', tool: 'echo' },
            ],
          },
        },
      ],
      [
        [1_000, { type: 'resolved', seq: 1, value: 1 }],
        [1_000, { type: 'resolved', seq: 2, value: 2 }],
        [2_000, { type: 'resolved', seq: 3, value: 3 }],
        [3_000, { type: 'rejected', seq: 4, error }],
      ],
    )
    const records = run.restart(failedAt)!['records'] as Record<string, JsonObject>
    expect(records['each']).toMatchObject({ status: 'running', attempts: 0, startedAt: 60_000 })
    expect(records['each']!['left']).toEqual({ rank: expect.any(Number) as number })
    // The compact form, whose keys JsonObject does not name.
    const children = records['each']!['children'] as unknown as {
      statuses: string
      details: Record<string, JsonObject>
    }
    expect(children.statuses).toBe('cr')
    expect(children.details['0']).toMatchObject({ status: 'completed', startedAt: 0 })
    const box = children.details['1']!
    expect(box).toMatchObject({ status: 'running', startedAt: 60_000 })
    expect(Object.keys(box['children'] as object)).toEqual(['a'])
    // A composite goes on at the task that failed.
    expect(box['left']).toMatchObject({ kept: { following: { id: 'b' } } })
  })

  it('Should begin a container at its first task where the run kept no place to go on', () => {
    const box = {
      id: 'box',
      type: 'composite',
      tasks: [
        { id: 'a', tool: 'echo' },
        { id: 'b', tool: 'echo' },
      ],
    }
    const events = [
      [1_000, { type: 'resolved', seq: 1, value: 1 }],
      [2_000, { type: 'rejected', seq: 2, error }],
    ] as const
    const left = (more: { recorder?: RunRecorder }) => {
      const records = played([box], events, more).run.restart(failedAt)!['records']
      return (records as Record<string, JsonObject>)['box']!['left']
    }
    expect(left({})).toEqual({ rank: 0 })
    expect(left({ recorder })).toMatchObject({ kept: { following: { id: 'b' } } })
  })

  it('Should leave out what was canceled or still ran, and keep what was skipped', () => {
    const { run } = played(
      [
        {
          id: 'all',
          type: 'parallel',
          strategy: 'fail_fast',
          tasks: [
            { id: 'skipped', tool: 'echo', condition: 'false' },
            { id: 'done', tool: 'echo' },
            { id: 'broken', tool: 'echo' },
            { id: 'late', tool: 'echo' },
          ],
        },
      ],
      [
        [1_000, { type: 'resolved', seq: 1, value: 1 }],
        [2_000, { type: 'rejected', seq: 2, error }],
      ],
    )
    const records = run.restart(failedAt)!['records'] as Record<string, JsonObject>
    expect(Object.keys(records['all']!['children'] as object)).toEqual(['skipped', 'done'])
  })

  it('Should go on with the sleep in which a run was canceled, even before a task that had succeeded', () => {
    const { run } = played(
      [{ id: 'a', tool: 'echo', sleep: '5s', on_success: { next: 'a' } }],
      [
        [1_000, { type: 'resolved', seq: 1, value: 1 }],
        [2_000, { type: 'cancel_requested' }],
      ],
    )
    expect(run.restart(failedAt)).toMatchObject({ following: { id: 'a' }, sleeps: true })
  })

  it('Should go on with a sleep before a task that never ran', () => {
    const { run } = played(
      [
        { id: 'a', tool: 'echo', sleep: '5s', on_success: { next: 'b' } },
        { id: 'b', tool: 'echo' },
      ],
      [
        [1_000, { type: 'resolved', seq: 1, value: 1 }],
        [2_000, { type: 'cancel_requested' }],
      ],
    )
    expect(run.restart(failedAt)).toMatchObject({ following: { id: 'b' }, sleeps: true })
  })

  it('Should leave out what still ran when a run was terminated', () => {
    const { run } = played(tasks, [
      [1_000, { type: 'resolved', seq: 1, value: 1 }],
      [2_000, { type: 'resolved', seq: 2, value: 2 }],
    ])
    const records = run.restart(failedAt)!['records'] as Record<string, JsonObject>
    expect(Object.keys(records['all']!['children'] as object)).toEqual(['a'])
  })

  it('Should not exist for a run whose last task was skipped, nor before its first task', () => {
    const { run } = played([{ id: 'only', tool: 'echo', condition: 'false' }], [])
    expect(run.restart(failedAt)).toBeUndefined()
    expect(begin(startOf(tasks), 0).restart(failedAt)).toBeUndefined()
  })
})
