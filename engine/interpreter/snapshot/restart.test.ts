import { describe, expect, it } from 'vitest'
import type { Run, RunEvent } from '../../definition/run-protocol.ts'
import type { RunStart } from '../../definition/workflow-ir.ts'
import { createRun } from '../interpret.ts'
import { compileTest, type TestWorkflow } from '../testing/compile.ts'

const startOf = (tasks: TestWorkflow['tasks']): RunStart => ({
  definition: compileTest({ tasks }),
  sha256: '',
  input: {},
  trigger: { type: 'api' },
})

const begin = (start: RunStart, startedAt: number): Run =>
  createRun(start, { execId: 'run-1', startedAt, uuid: () => 'id', revision: 4 })

/** A run to which these events happened, at these times. */
function played(
  tasks: TestWorkflow['tasks'],
  events: readonly (readonly [at: number, event: RunEvent])[],
) {
  const start = startOf(tasks)
  const run = begin(start, 0)
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
})
