import { describe, expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '../../core/json.ts'
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

type Command = ReturnType<Run['step']>[number]
type ToolCall = Extract<Command, { type: 'call_tool' }>
const callsIn = (commands: readonly Command[]): readonly ToolCall[] =>
  commands.filter((command) => command.type === 'call_tool')

/** A run of which a tool call fails at the end: what the events before answer, one by one. */
function failedRun(tasks: TestWorkflow['tasks'], answers: readonly RunEvent[]) {
  const start = startOf(tasks)
  const run = begin(start, 0, { recorder })
  let last = callsIn(run.step([{ type: 'started' }], 0, 'short'))
  for (const [at, event] of answers.entries()) {
    const calls = callsIn(run.step([event], 1_000 * (at + 1), 'short'))
    if (calls.length > 0) last = calls
  }
  return { start, run, last: last.at(-1)! }
}

/** The run that begins where another one ended, as JSON carries it, and its first commands. */
function restarted(start: RunStart, run: Run, keepsChildren = true) {
  const carried = run.restart({ startedAt: 60_000, keepsChildren })!
  const again = begin({ ...start, carried: JSON.parse(JSON.stringify(carried)) }, 60_000, {
    recorder,
  })
  const commands = again.step([{ type: 'started' }], 60_000, 'short')
  return { carried, run: again, commands, call: callsIn(commands)[0] }
}

const resolved = (seq: number, value: JsonValue): RunEvent => ({ type: 'resolved', seq, value })
const rejected = (seq: number): RunEvent => ({ type: 'rejected', seq, error })

/** A task that counts its rounds up to five, and the router that sends it back. */
const counting = [
  {
    id: 'step',
    tool: 'echo',
    with: { n: '{{ add 1 (default 0 .tasks.step.output.n) }}' },
    on_success: { next: 'more' },
  },
  {
    id: 'more',
    type: 'router',
    condition: '{{ lt .tasks.step.output.n 5 }}',
    routes: { true: 'step', false: 'done' },
  },
  { id: 'done', type: 'aggregate', outputs: { ok: true } },
]
const thirdRoundFails = [resolved(1, { n: 1 }), resolved(2, { n: 2 }), rejected(3)]

describe('a loop in which a run ended', () => {
  it('Should go on in the round that failed, with the output of the round before', () => {
    const { start, run, last } = failedRun(counting, thirdRoundFails)
    expect(last.input).toEqual({ n: 3 })
    const again = restarted(start, run)
    expect(again.call).toMatchObject({ input: { n: 3 }, attempt: 1 })
    expect(again.call!.idempotencyKey).toBe(last.idempotencyKey)
    expect(again.carried['records']).toMatchObject({
      step: { type: 'basic', visit: 2, status: 'completed', output: { n: 2 }, attempts: 1 },
      more: { status: 'completed' },
    })
    expect(again.run.view().tasks['step']).toMatchObject({ status: 'running', attempts: 1 })
  })

  it('Should go on so with a definition that has changed, and where it was terminated', () => {
    const { start, run } = failedRun(counting, thirdRoundFails)
    expect(restarted(start, run, false).call).toMatchObject({ input: { n: 3 } })
    const { run: open } = failedRun(counting, thirdRoundFails.slice(0, 2))
    expect(restarted(start, open).call).toMatchObject({ input: { n: 3 } })
  })

  it('Should go on so again where the repetition fails too, and after a success with the next', () => {
    const { start, run } = failedRun(counting, thirdRoundFails)
    const second = restarted(start, run).run
    second.step([rejected(1)], 61_000, 'short')
    const third = restarted(start, second)
    expect(third.call).toMatchObject({ input: { n: 3 } })
    expect(callsIn(third.run.step([resolved(1, { n: 3 })], 62_000, 'short'))).toMatchObject([
      { input: { n: 4 } },
    ])
  })

  it('Should know of no round before where the first one failed', () => {
    const { start, run } = failedRun(counting, [rejected(1)])
    const again = restarted(start, run)
    expect(again.call).toMatchObject({ input: { n: 1 } })
    expect(again.carried['records']).toEqual({})
  })

  it('Should know the failure of the round before, which was handled', () => {
    const tasks = [
      {
        id: 'try',
        tool: 'echo',
        with: { last: '{{ .tasks.try.error | default "none" }}' },
        on_error: { next: 'repair' },
      },
      { id: 'repair', tool: 'echo', on_success: { next: 'try' } },
    ]
    const answers = [rejected(1), resolved(2, null), rejected(3), rejected(4)]
    const { start, run } = failedRun(tasks, answers)
    // It ended in the handler, in its second round.
    const again = restarted(start, run)
    expect(again.carried).toMatchObject({
      following: { id: 'repair' },
      records: { try: { status: 'failed', visit: 2, error }, repair: { visit: 1 } },
    })
    expect(again.call!.idempotencyKey).toBe('run-1/repair~2')
    const records = again.carried['records'] as Record<string, JsonObject>
    expect(records['try']).not.toHaveProperty('before')
  })

  it('Should keep the round that completed before the sleep in which a run was canceled', () => {
    const poll = {
      id: 'poll',
      tool: 'echo',
      with: { cursor: '{{ default "start" .tasks.poll.output.next }}' },
      sleep: '5s',
      on_success: { next: 'poll' },
    }
    const { start, run } = failedRun(
      [poll],
      [resolved(1, { next: 'page 2' }), { type: 'cancel_requested' }],
    )
    const again = restarted(start, run)
    expect(again.commands).toMatchObject([{ type: 'start_timer', ms: 5_000 }])
    expect(again.run.view().tasks['poll']).toMatchObject({ status: 'completed', started_at: 0 })
    expect(callsIn(again.run.step([resolved(1, null)], 65_000, 'short'))).toMatchObject([
      { input: { cursor: 'page 2' }, idempotencyKey: 'run-1/poll~2' },
    ])
  })

  it('Should begin a container of the loop anew after such a sleep', () => {
    const box = {
      id: 'box',
      type: 'composite',
      tasks: [{ id: 'a', tool: 'echo' }],
      on_success: { next: 'box' },
      sleep: '5s',
    }
    const { start, run } = failedRun([box], [resolved(1, 1), { type: 'cancel_requested' }])
    const again = restarted(start, run)
    expect(callsIn(again.run.step([resolved(1, null)], 65_000, 'short'))).toMatchObject([
      { taskId: 'box/a', idempotencyKey: 'run-1/box~2/a' },
    ])
  })

  it('Should show a container that goes on the round before of itself and of its tasks', () => {
    const box = {
      id: 'box',
      type: 'composite',
      tasks: counting.map((task) =>
        task.id === 'step'
          ? { ...task, with: { ...task.with, box: '{{ default "none" .tasks.box.output.done }}' } }
          : task,
      ),
      on_success: { next: 'box' },
    }
    const round = [1, 2, 3, 4, 5].map((n) => resolved(n, { n }))
    const answers = [...round, resolved(6, { n: 1 }), resolved(7, { n: 2 }), rejected(8)]
    const { start, run, last } = failedRun([box], answers)
    expect(last.input).toEqual({ n: 3, box: { ok: true } })
    const again = restarted(start, run)
    expect(again.call).toMatchObject({ input: last.input, idempotencyKey: last.idempotencyKey })
    expect(again.call!.idempotencyKey).toBe('run-1/box~2/step~3')
  })
})

describe('a composite in which a run ended', () => {
  const b = {
    id: 'b',
    tool: 'echo',
    with: { why: '{{ .tasks.a.error.message }}', status: '{{ .tasks.a.status }}' },
  }
  const given = { why: error.message, status: 'failed' }

  it('Should keep a failure that another task handled, and repeat that one alone', () => {
    const a = { id: 'a', tool: 'echo', on_error: { next: 'b' } }
    const { start, run, last } = failedRun(
      [{ id: 'box', type: 'composite', tasks: [a, b] }],
      [rejected(1), rejected(2)],
    )
    expect(last.input).toEqual(given)
    const again = restarted(start, run)
    expect(callsIn(again.commands)).toMatchObject([{ taskId: 'box/b', input: given }])
    expect(again.run.view().tasks['box']).toMatchObject({
      tasks: { a: { status: 'failed', error }, b: { status: 'running' } },
    })
  })

  it('Should keep a failure that it tolerated', () => {
    const box = {
      id: 'box',
      type: 'composite',
      strategy: 'best_effort',
      tasks: [{ id: 'a', tool: 'echo' }, b],
    }
    const { start, run, last } = failedRun([box], [rejected(1), { type: 'cancel_requested' }])
    expect(last.input).toEqual(given)
    const again = restarted(start, run)
    expect(callsIn(again.commands)).toMatchObject([{ taskId: 'box/b', input: given }])
  })

  it('Should repeat the task that failed and was not handled', () => {
    const a = { id: 'a', tool: 'echo' }
    const { start, run } = failedRun(
      [{ id: 'box', type: 'composite', tasks: [a, b] }],
      [rejected(1)],
    )
    const again = restarted(start, run)
    expect(callsIn(again.commands)).toMatchObject([{ taskId: 'box/a' }])
    const records = again.carried['records'] as Record<string, JsonObject>
    expect(records['box']!['children']).toEqual({})
  })

  it('Should keep its tasks where it slept before the next round', () => {
    const a = { id: 'a', tool: 'echo', sleep: '5s', on_success: { next: 'a' } }
    const box = {
      id: 'box',
      type: 'composite',
      tasks: [{ ...a, with: { cursor: '{{ default "start" .tasks.a.output.next }}' } }],
    }
    const answers = [resolved(1, { next: 'page 2' }), { type: 'cancel_requested' } as const]
    const { start, run } = failedRun([box], answers)
    const again = restarted(start, run)
    expect(again.commands).toMatchObject([{ type: 'start_timer', ms: 5_000 }])
    expect(callsIn(again.run.step([resolved(1, null)], 65_000, 'short'))).toMatchObject([
      { input: { cursor: 'page 2' } },
    ])
  })
})
