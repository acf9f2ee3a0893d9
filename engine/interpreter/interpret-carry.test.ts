import { describe, expect, it } from 'vitest'
import { createRun } from './interpret.ts'
import { playCase, testCases, type LanguageCase } from './testing/cases.ts'
import { signal } from './testing/play.ts'

const always = () => true

describe('continuing as new', () => {
  testCases([
    {
      should: 'go on with the next task, its input, and what the tasks before gave',
      isLong: always,
      tasks: [
        {
          id: 'a',
          tool: 'echo',
          with: { n: 1 },
          on_success: { next: 'b', with: { edge: '{{ .output.n }}' } },
        },
        {
          id: 'b',
          tool: 'echo',
          with: { before: '{{ .tasks.a.output.n }}', since: '{{ .tasks.a.started_at }}' },
        },
      ],
      output: { edge: 1, before: 1, since: '2026-01-31T10:00:00.000Z' },
      also: { hops: 1 },
    },
    {
      should: 'not be done where the history is short',
      tasks: [
        { id: 'a', tool: 'echo', on_success: { next: 'b' } },
        { id: 'b', tool: 'echo' },
      ],
      output: {},
      also: { hops: 0 },
    },
    {
      should: 'not be done without a next task',
      isLong: always,
      tasks: [{ id: 'a', tool: 'echo' }],
      output: {},
      also: { hops: 0 },
    },
    {
      should: 'be done inside a container too',
      isLong: always,
      tasks: [
        {
          id: 'c',
          type: 'composite',
          tasks: [
            { id: 'a', tool: 'echo' },
            { id: 'b', tool: 'echo' },
          ],
        },
      ],
      output: { a: {}, b: {} },
      also: { hops: 1, called: ['c/a', 'c/b'], view: { tasks: { c: { attempts: 1 } } } },
    },
    {
      should: 'keep the input and the environment of a container that is under way',
      isLong: always,
      tasks: [
        {
          id: 'c',
          type: 'composite',
          with: { at: '{{ now }}' },
          env: { AT: '{{ now }}' },
          condition: '{{ eq now "2026-01-31T10:00:00.000Z" }}',
          tasks: [
            { id: 'a', tool: 'slow', with: { ms: 10 } },
            { id: 'b', tool: 'seen', with: { at: '{{ .parent.input.at }}' } },
          ],
          outputs: '{{ .output.b }}',
        },
      ],
      tools: { seen: ({ at = null }, { taskEnv }) => ({ value: { at, env: taskEnv } }) },
      output: { at: '2026-01-31T10:00:00.000Z', env: { AT: '2026-01-31T10:00:00.000Z' } },
      also: { hops: 1, took: 10 },
    },
    {
      should: 'count the time of a container from its start',
      isLong: always,
      tasks: [
        {
          id: 'c',
          type: 'composite',
          timeout: '10s',
          tasks: [
            { id: 'a', tool: 'slow', with: { ms: 6_000 } },
            { id: 'b', tool: 'slow', with: { ms: 6_000 } },
          ],
        },
      ],
      error: { type: 'TaskTimeout', task: 'c' },
      also: { hops: 1, took: 10_000 },
    },
    {
      should: 'sleep on after a pause between tasks, and as long as it should after the next',
      isLong: (step) => step === 3,
      tasks: [
        { id: 'a', tool: 'echo', sleep: '5s', on_success: { next: 'b' } },
        { id: 'b', tool: 'echo', sleep: '7s', on_success: { next: 'c' } },
        { id: 'c', tool: 'echo' },
      ],
      events: [{ at: 2_000, event: signal('x') }],
      output: {},
      also: { hops: 1, took: 12_000 },
    },
    {
      should: 'count the attempts of a task whose pause it interrupts, and pause no longer',
      isLong: (step) => step === 3,
      tasks: [{ id: 'a', tool: 'flaky', with: { failures: 2 }, retries: 4 }],
      events: [{ at: 500, event: signal('x') }],
      output: 3,
      also: { hops: 1, took: 3_000, view: { tasks: { a: { attempts: 3 } } } },
    },
    {
      should: 'keep the error that a handler sees',
      isLong: always,
      tasks: [
        { id: 'a', tool: 'fail', with: {}, on_error: { next: 'b' } },
        {
          id: 'b',
          tool: 'echo',
          with: { type: '{{ .error.type }}', attempts: '{{ .tasks.a.error.attempts }}' },
        },
      ],
      output: { type: 'ToolError:Boom', attempts: 1 },
    },
    {
      should: 'keep signals that nobody took yet, oldest first',
      isLong: always,
      tasks: [
        { id: 'a', tool: 'slow', with: { ms: 10 }, on_success: { next: 'b' } },
        { id: 'b', tool: 'echo', on_success: { next: 'w' } },
        { id: 'w', type: 'wait', wait_for: 'go', timeout: '1s', on_success: { next: 'w2' } },
        {
          id: 'w2',
          type: 'wait',
          wait_for: 'go',
          timeout: '1s',
          outputs: { first: '{{ .tasks.w.output }}', second: '{{ .output }}' },
        },
      ],
      events: [
        { at: 1, event: signal('go', 'a') },
        { at: 2, event: signal('go', 'b') },
      ],
      output: { first: 'a', second: 'b' },
      also: { hops: 1 },
    },
    {
      should: 'count the tasks of all runs of the chain',
      isLong: always,
      workflow: { config: { max_tasks: 3 } },
      tasks: [{ id: 'a', tool: 'echo', on_success: { next: 'a' } }],
      error: { type: 'LimitExceeded' },
      also: { called: ['a', 'a', 'a'] },
    },
    {
      should: 'keep the states of nested tasks for the view',
      isLong: always,
      tasks: [
        {
          id: 'p',
          type: 'parallel',
          tasks: [{ id: 'x', tool: 'echo' }],
          on_success: { next: 'b' },
        },
        { id: 'b', tool: 'echo' },
      ],
      also: {
        hops: 1,
        view: { tasks: { p: { status: 'completed', tasks: { x: { status: 'completed' } } } } },
      },
    },
  ])

  testCases([
    {
      should: 'keep the tasks of an ended container that never ran for the view',
      isLong: always,
      tasks: [
        {
          id: 'c',
          type: 'composite',
          tasks: [
            { id: 'x', tool: 'fail' },
            { id: 'y', tool: 'echo' },
          ],
          on_error: { next: 'b' },
        },
        { id: 'b', tool: 'echo' },
      ],
      also: {
        hops: 1,
        view: {
          tasks: {
            c: { tasks: { x: { status: 'failed' }, y: { status: 'pending', attempts: 0 } } },
          },
        },
      },
    },
  ])

  const loop: LanguageCase = {
    should: '',
    isLong: always,
    workflow: { config: { max_tasks: 3 } },
    tasks: [{ id: 'a', tool: 'echo', on_success: { next: 'a' } }],
  }

  it('Should keep the keys of calls apart, and the start of the first run', () => {
    const { commands, runs } = playCase({
      ...loop,
      tools: { echo: () => ({ after: 5, value: 1 }) },
    })
    const keys = commands.flatMap((command) =>
      command.type === 'call_tool' ? [command.idempotencyKey] : [],
    )
    expect(keys).toEqual(['run-1/a', 'run-1/a~2', 'run-1/a~3'])
    expect(runs.map(({ startedAt, start }) => start.carried?.startedAt ?? startedAt)).toEqual(
      runs.map(() => runs[0]!.startedAt),
    )
    expect(runs[2]!.startedAt - runs[0]!.startedAt).toBe(10)
  })

  it('Should not lose a signal that comes in the same step as the decision', () => {
    const tasks = [
      { id: 'a', tool: 'echo', on_success: { next: 'w' } },
      { id: 'w', type: 'wait', wait_for: 'go', timeout: '1s' },
    ]
    const { runs } = playCase({ should: '', tasks, isLong: always })
    const { start, startedAt, steps } = runs[0]!
    const run = createRun(start, { execId: 'run-1', startedAt, uuid: () => '', revision: 2 })
    run.step(steps[0]!.events, startedAt, 'long')
    const commands = run.step([...steps[1]!.events, signal('later', 7)], startedAt, 'long')
    expect(commands.at(-1)).toMatchObject({
      type: 'continue_as_new',
      carried: { signals: [{ id: 'later', payload: 7 }] },
    })
  })

  it('Should be done between two tasks in a run that an older engine began', () => {
    const tasks = [
      { id: 'a', tool: 'echo', with: { n: 1 }, on_success: { next: 'b' } },
      { id: 'b', tool: 'echo', with: { n: '{{ .tasks.a.output.n }}' } },
    ]
    const run = playCase({ should: '', tasks, revision: 1, isLong: always })
    expect(run).toMatchObject({ output: { n: 1 }, hops: 1, called: ['a', 'b'] })
    const inside = [{ id: 'c', type: 'composite', tasks, outputs: { done: true } }]
    expect(playCase({ should: '', tasks: inside, revision: 1, isLong: always }).hops).toBe(0)
  })

  it.each([1, 2] as const)(
    'Should give way to a cancellation in the same step, in revision %i',
    (revision) => {
      const tasks = [
        { id: 'a', tool: 'echo', on_success: { next: 'b' } },
        { id: 'b', tool: 'echo' },
      ]
      const { runs } = playCase({ should: '', tasks, revision, isLong: always })
      const { start, startedAt, steps } = runs[0]!
      const run = createRun(start, { execId: 'run-1', startedAt, uuid: () => '', revision })
      run.step(steps[0]!.events, startedAt, 'long')
      const commands = run.step(
        [...steps[1]!.events, { type: 'cancel_requested' }],
        startedAt,
        'long',
      )
      expect(commands.at(-1)).toEqual({ type: 'canceled' })
    },
  )
})
