import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../core/json.ts'
import { playCase, testCases } from './testing/cases.ts'
import { compileTest } from './testing/compile.ts'
import { play } from './testing/play.ts'

const flaky = (failures: number, rest: JsonObject = {}, more: JsonObject = {}): JsonObject => ({
  id: 'a',
  tool: 'flaky',
  with: { failures, ...more },
  ...rest,
})

describe('failed attempts', () => {
  it('Should be seen in the view, the last five with when and why', () => {
    const long = 'ä'.repeat(1_000)
    const { view } = playCase({
      should: '',
      tools: {
        late: (_, { attempt }) =>
          attempt < 8
            ? { error: { type: 'ToolError:Late', message: `${attempt} ${long}` } }
            : { value: 1 },
      },
      tasks: [
        { id: 'a', tool: 'late', retry_policy: { maximum_attempts: 9, backoff_coefficient: 1 } },
      ],
    })
    const { failed_attempts: failed = [] } = view.tasks['a']!
    const first = Date.parse('2026-01-31T10:00:00.000Z')
    expect(failed.map(({ attempt, type, at }) => [attempt, type, at])).toEqual(
      [3, 4, 5, 6, 7].map((n) => [n, 'ToolError:Late', first + (n - 1) * 1_000]),
    )
    for (const { attempt, message } of failed) {
      expect(message).toMatch(new RegExp(`^${attempt} ä+`))
      expect(message.length).toBeLessThan(1_024)
    }
  })

  it('Should not be there where the first attempt succeeds', () => {
    const { view } = playCase({ should: '', tasks: [flaky(0, { retries: 3 })] })
    expect(view.tasks['a']).not.toHaveProperty('failed_attempts')
  })
})

describe('retries', () => {
  testCases([
    {
      should: 'make one attempt without a policy',
      tasks: [flaky(1)],
      error: { type: 'ToolError:Flaky', attempts: 1 },
      also: { took: 0 },
    },
    {
      should: 'pause 1s, 2s, 4s between attempts by default',
      tasks: [flaky(3, { retries: 3 })],
      output: 4,
      also: { took: 7_000, view: { tasks: { a: { attempts: 4, status: 'completed' } } } },
    },
    {
      should: 'make three attempts by a policy that does not say',
      tasks: [flaky(3, { retry_policy: {} })],
      error: { attempts: 3, message: 'attempt 3' },
    },
    {
      should: 'not pause longer than maximum_interval',
      tasks: [
        flaky(3, {
          retry_policy: {
            maximum_attempts: 4,
            initial_interval: '1s',
            backoff_coefficient: 10,
            maximum_interval: '2s',
          },
        }),
      ],
      output: 4,
      also: { took: 5_000 },
    },
    {
      should: 'not retry a type that is named in full',
      tasks: [flaky(1, { retry_policy: { non_retryable_error_types: ['ToolError:Flaky'] } })],
      error: { attempts: 1 },
    },
    {
      should: 'not retry a tool error named barely',
      tasks: [flaky(1, { retry_policy: { non_retryable_error_types: ['Flaky'] } })],
      error: { attempts: 1 },
    },
    {
      should: 'retry other types than those named',
      tasks: [flaky(1, { retry_policy: { non_retryable_error_types: ['Flak', 'ToolTimeout'] } })],
      output: 2,
    },
    {
      should: 'never retry InvalidToolInput',
      tasks: [flaky(1, { retries: 3 }, { type: 'InvalidToolInput' })],
      error: { attempts: 1 },
    },
    {
      should: 'retry a crash',
      tasks: [flaky(1, { retries: 3 }, { type: 'ToolCrashed' })],
      output: 2,
    },
    {
      should: 'make every attempt of a long policy without a pause, and fail with the last error',
      tasks: [flaky(9_999, { retry_policy: { maximum_attempts: 1_100, initial_interval: '0s' } })],
      error: { type: 'ToolError:Flaky', message: 'attempt 1100', attempts: 1_100 },
      also: { took: 0 },
    },
    {
      should: 'take on_error only after the retries',
      tasks: [
        flaky(9, { retries: 1, on_error: { next: 'b' } }),
        { id: 'b', tool: 'echo', with: { n: '{{ .error.attempts }}' } },
      ],
      output: { n: 2 },
    },
    {
      should: 'run no on_error for a canceled task',
      tasks: [
        flaky(1, { on_error: { next: 'b' }, retries: 2 }, { type: 'Cancelled' }),
        { id: 'b', tool: 'echo' },
      ],
      error: { type: 'Cancelled', attempts: 1 },
    },
  ])

  it('Should call every attempt with the same key and its own number', () => {
    const { commands } = playCase({ should: '', tasks: [flaky(2, { retries: 2 })] })
    const calls = commands.filter((command) => command.type === 'call_tool')
    expect(calls.map(({ attempt, idempotencyKey }) => [attempt, idempotencyKey])).toEqual([
      [1, 'run-1/a'],
      [2, 'run-1/a'],
      [3, 'run-1/a'],
    ])
  })

  it('Should run what is below a task anew in each attempt, for kinds that allow both', () => {
    const { tasks, ...rest } = compileTest({
      tasks: [{ id: 'c', type: 'composite', tasks: [{ id: 't', tool: 'second' }] }],
    })
    const retry = {
      maximum_attempts: 2,
      initial_interval: 5,
      backoff_coefficient: 1,
      maximum_interval: 5,
      non_retryable_error_types: [],
    }
    let calls = 0
    const second = () =>
      ++calls === 1 ? { error: { type: 'ToolCrashed', message: 'x' } as const } : { value: calls }
    const run = play({ ...rest, tasks: [{ ...tasks[0]!, retry }] }, { tools: { second } })
    expect(run).toMatchObject({ output: { t: 2 }, took: 5, called: ['c/t', 'c/t'] })
  })

  it('Should give another key to another round of a loop and to another item', () => {
    const { commands } = playCase({
      should: '',
      workflow: { config: { max_tasks: 2 } },
      tasks: [
        {
          id: 'a',
          type: 'collection',
          items: ['x', 'y'],
          task: { id: 'c', tool: 'echo' },
          on_success: { next: 'a' },
        },
      ],
    })
    const calls = commands.filter((command) => command.type === 'call_tool')
    expect(calls.map(({ taskId, idempotencyKey }) => [taskId, idempotencyKey])).toEqual([
      ['a/c-0', 'run-1/a/c-0'],
      ['a/c-1', 'run-1/a/c-1'],
      ['a/c-0', 'run-1/a~2/c-0'],
      ['a/c-1', 'run-1/a~2/c-1'],
    ])
  })
})

describe('environment and limits of a tool', () => {
  it("Should give the tool the run's environment, its task's and its containers', the nearest winning", () => {
    const { commands } = playCase({
      should: '',
      env: { REGION: 'eu' },
      tasks: [
        {
          id: 'c',
          type: 'composite',
          env: { A: 'outer', B: 'outer' },
          with: { n: 5 },
          tasks: [
            {
              id: 't',
              tool: 'echo',
              env: { B: '{{ .parent.input.n }}', C: '{{ .env.REGION }}' },
              timeout: '3s',
            },
          ],
        },
      ],
    })
    expect(commands.find((command) => command.type === 'call_tool')).toMatchObject({
      env: { REGION: 'eu' },
      taskEnv: { A: 'outer', B: '5', C: 'eu' },
      timeoutMs: 3_000,
    })
  })

  testCases([
    {
      should: 'end a container at its timeout, and its tools with it',
      tasks: [
        {
          id: 'p',
          type: 'parallel',
          timeout: '1s',
          tasks: [{ id: 'x', tool: 'slow', with: { ms: 5_000 } }],
        },
      ],
      error: { type: 'TaskTimeout', task: 'p', message: 'it did not end within 1s' },
      also: {
        killed: ['p/x'],
        took: 1_000,
        view: { tasks: { p: { status: 'failed', tasks: { x: { status: 'canceled' } } } } },
      },
    },
    {
      should: 'not end a container that is faster',
      tasks: [
        {
          id: 'p',
          type: 'parallel',
          timeout: '1s',
          tasks: [{ id: 'x', tool: 'slow', with: { ms: 999, value: 1 } }],
        },
      ],
      output: { x: 1 },
      also: { killed: [], took: 999 },
    },
    {
      should: 'let on_error take a TaskTimeout',
      tasks: [
        {
          id: 'p',
          type: 'composite',
          timeout: '1s',
          tasks: [{ id: 'x', tool: 'slow', with: { ms: 5_000 } }],
          on_error: { next: 'b' },
        },
        { id: 'b', tool: 'echo', with: { type: '{{ .error.type }}' } },
      ],
      output: { type: 'TaskTimeout' },
    },
  ])
})
