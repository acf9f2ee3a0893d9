import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../core/json.ts'
import { playCase, testCases } from './testing/cases.ts'
import { compileTest } from './testing/compile.ts'
import { play } from './testing/play.ts'

const echo = { tool: 'echo' }
const boom = { id: 'boom', tool: 'fail', with: { type: 'ToolError:Boom' } }

describe('text that holds an inexact number', () => {
  const reads = (text: string): JsonObject => ({
    id: 'a',
    type: 'aggregate',
    outputs: { n: `{{ float64 "${text}" }}` },
  })

  it('Should be refused, and rounded in a run that an older engine began', () => {
    const tasks = [reads('9007199254740993.0')]
    const { error } = playCase({ should: '', tasks })
    expect(error).toMatchObject({ type: 'TemplateError', task: 'a' })
    const { output } = playCase({ should: '', tasks, revision: 5 })
    expect(output).toEqual({ n: 9007199254740992 })
  })

  it('Should not be confused with text that is exact', () => {
    expect(playCase({ should: '', tasks: [reads('0.1')] }).output).toEqual({ n: 0.1 })
    expect(playCase({ should: '', tasks: [reads('0.1')], revision: 5 }).output).toEqual({ n: 0.1 })
  })
})

describe('a run that an older engine began', () => {
  const tasks = [
    {
      id: 'a',
      type: 'router',
      condition: '{{ get (dict "a" nil) "a" | kindOf }}',
      routes: {
        string: { id: 'text', type: 'aggregate', outputs: { kind: 'text' } },
        invalid: { id: 'null', type: 'aggregate', outputs: { kind: 'null' } },
      },
      on_success: { next: 'b' },
    },
    {
      id: 'b',
      type: 'aggregate',
      outputs: {
        kind: '{{ .tasks.a.output.kind }}',
        n: '{{ add (float64 "9007199254740991") 1 1 }}',
      },
    },
  ]

  it.each([5, 6] as const)('Should round, and take a null for "", in revision %i', (revision) => {
    const { output } = playCase({ should: '', tasks, revision })
    expect(output).toEqual({ kind: 'text', n: 9007199254740992 })
  })

  it('Should tell a null, and fail where a result would be rounded, in a new one', () => {
    const { error } = playCase({ should: '', tasks })
    expect(error).toMatchObject({ type: 'TemplateError', task: 'b' })
    const { output } = playCase({ should: '', tasks: [{ ...tasks[0]!, on_success: {} }] })
    expect(output).toEqual({ kind: 'null' })
  })
})

describe('flow', () => {
  testCases([
    {
      should: 'fail where the input of the handler fails too',
      tasks: [
        { id: 'a', tool: 'fail', on_error: { next: 'b', with: { x: '{{ fail "no" }}' } } },
        { id: 'b', tool: 'echo' },
      ],
      error: { type: 'TemplateError', task: 'a' },
      also: { called: ['a'] },
    },
    {
      should: 'name no earlier failure in one after a wait that timed out while it handled that',
      tasks: [
        { id: 'a', tool: 'fail', on_error: { next: 'w' } },
        { id: 'w', type: 'wait', wait_for: 'x', timeout: '1s', on_timeout: 'b' },
        { id: 'b', tool: 'fail' },
      ],
      error: { type: 'ToolError:Boom', message: 'it broke', task: 'b' },
    },
    {
      should: 'name it in one after a router that handled it',
      tasks: [
        { id: 'a', tool: 'fail', on_error: { next: 'r' } },
        { id: 'r', type: 'router', condition: '"x"', routes: { x: 'b' } },
        { id: 'b', tool: 'fail' },
      ],
      error: {
        message: 'it broke (while handling the failure of task "a": ToolError:Boom: it broke)',
        task: 'b',
      },
    },
    {
      should: 'begin with the first task and end at the one without a next',
      tasks: [
        { id: 'a', ...echo, with: { n: 1 }, on_success: { next: 'c' } },
        { id: 'b', ...echo, with: { n: 2 } },
        { id: 'c', ...echo, with: { n: 3 } },
      ],
      output: { n: 3 },
      also: { called: ['a', 'c'], view: { tasks: { b: { status: 'pending' } } } },
    },
    {
      should: 'not follow the order of the list',
      tasks: [
        { id: 'a', ...echo, with: { n: 1 } },
        { id: 'b', ...echo },
      ],
      output: { n: 1 },
      also: { called: ['a'] },
    },
    {
      should: 'end at a final task',
      tasks: [{ id: 'a', ...echo, final: true, with: { n: 1 } }],
      output: { n: 1 },
    },
    {
      should: 'fail with the error of a task that nobody handles',
      tasks: [
        { ...boom, on_success: { next: 'after' } },
        { id: 'after', ...echo },
      ],
      error: { type: 'ToolError:Boom', message: 'it broke', task: 'boom', attempts: 1 },
      also: { called: ['boom'] },
    },
    {
      should: 'name the handled failure beside that of its handler, which fails too',
      tasks: [
        { ...boom, on_error: { next: 'handle' } },
        { id: 'handle', tool: 'fail', with: { type: 'ToolError:Closed' } },
      ],
      error: {
        type: 'ToolError:Closed',
        message: 'it broke (while handling the failure of task "boom": ToolError:Boom: it broke)',
        task: 'handle',
        attempts: 1,
      },
    },
    {
      should: 'not name a failure that was handled well before another task failed',
      tasks: [
        { ...boom, on_error: { next: 'handle' } },
        { id: 'handle', ...echo, on_success: { next: 'late' } },
        { ...boom, id: 'late' },
      ],
      error: { type: 'ToolError:Boom', message: 'it broke', task: 'late', attempts: 1 },
    },
    {
      should: 'complete when the handler of a failure ends well, and show it the error',
      tasks: [
        { ...boom, on_error: { next: 'handle', with: { said: '{{ .error.message }}', kept: 1 } } },
        {
          id: 'handle',
          ...echo,
          with: { kept: 2, type: '{{ .error.type }}', of: '{{ .error.task }}' },
        },
      ],
      output: { said: 'it broke', kept: 2, type: 'ToolError:Boom', of: 'boom' },
    },
    {
      should: 'show a failed task to its own on_error.with under .tasks too',
      tasks: [
        {
          ...boom,
          on_error: {
            next: 'handle',
            with: {
              said: '{{ .tasks.boom.error.message }}',
              status: '{{ .tasks.boom.status }}',
              ended: '{{ .tasks.boom.ended_at }}',
            },
          },
        },
        { id: 'handle', ...echo },
      ],
      output: { said: 'it broke', status: 'failed', ended: '2026-01-31T10:00:00.000Z' },
    },
    {
      should: 'show a task that ended well no error of its own',
      tasks: [
        { id: 'a', ...echo, on_success: { next: 'b', with: { error: '{{ .tasks.a.error }}' } } },
        { id: 'b', ...echo },
      ],
      output: { error: null },
    },
    {
      should: 'fail with the error of a handler that fails too',
      tasks: [
        { ...boom, on_error: { next: 'handle' } },
        { id: 'handle', tool: 'fail', with: { type: 'ToolError:Second' } },
      ],
      error: { type: 'ToolError:Second', task: 'handle' },
    },
    {
      should: 'name the failure whose handler can not be given its input',
      tasks: [
        { ...boom, on_error: { next: 'handle', with: { code: '{{ .error.cause.code }}' } } },
        { id: 'handle', ...echo },
      ],
      error: {
        type: 'TemplateError',
        message: expect.stringMatching(
          / \(while handling the failure of task "boom": ToolError:Boom: it broke\)$/,
        ) as string,
        task: 'boom',
      },
    },
    {
      should: 'pass the error on through a router',
      tasks: [
        { ...boom, on_error: { next: 'which' } },
        {
          id: 'which',
          type: 'router',
          condition: '{{ .error.type }}',
          routes: { 'ToolError:Boom': 'mend' },
        },
        { id: 'mend', ...echo, with: { got: '{{ .error.type }}' } },
      ],
      output: { got: 'ToolError:Boom' },
    },
    {
      should: 'merge what the edge gives shallowly under the own keys of with',
      tasks: [
        {
          id: 'a',
          ...echo,
          with: { n: 7 },
          on_success: { next: 'b', with: { deep: { x: 1 }, n: '{{ .output.n }}' } },
        },
        { id: 'b', ...echo, with: { deep: { y: 2 } } },
      ],
      output: { deep: { y: 2 }, n: 7 },
    },
    {
      should: "evaluate an edge's with in the scope of the task that it leaves",
      tasks: [
        {
          id: 'a',
          ...echo,
          with: { mine: 1 },
          outputs: { out: '{{ .output.mine }}' },
          on_success: {
            next: 'b',
            with: { input: '{{ .input.mine }}', output: '{{ .output.out }}' },
          },
        },
        { id: 'b', ...echo, with: { own: '{{ .input.mine }}' } },
      ],
      input: { mine: 'of the workflow' },
      output: { input: 1, output: 1, own: 'of the workflow' },
    },
    {
      should: 'give {} without with and without an edge',
      tasks: [{ id: 'a', ...echo }],
      output: {},
      input: { not: 'this' },
    },
    {
      should: 'give what the edge gave without with',
      tasks: [
        { id: 'a', ...echo, on_success: { next: 'b', with: { n: 1 } } },
        { id: 'b', ...echo },
      ],
      output: { n: 1 },
    },
    {
      should: "mean the workflow's input by .input inside with, and the task's own elsewhere",
      tasks: [
        {
          id: 'a',
          ...echo,
          with: { mine: '{{ .input.given }}' },
          outputs: { sees: '{{ .input.mine }}', out: '{{ .output.mine }}' },
        },
      ],
      input: { given: 5 },
      output: { sees: 5, out: 5 },
    },
    {
      should: 'skip a task whose condition is false, and follow on_success',
      tasks: [
        {
          id: 'a',
          ...echo,
          condition: '{{ eq 1 2 }}',
          with: { x: '{{ .workflow.input.nowhere }}' },
          sleep: '1h',
          on_success: { next: 'b', with: { was: '{{ kindOf .output }}' } },
        },
        {
          id: 'b',
          ...echo,
          with: { status: '{{ .tasks.a.status }}', attempts: '{{ .tasks.a.attempts }}' },
        },
      ],
      output: { was: 'invalid', status: 'skipped', attempts: 0 },
      also: { called: ['b'], took: 0 },
    },
    {
      should: 'run a task whose condition is true, which may read its input',
      tasks: [
        { id: 'a', ...echo, condition: 'input.n > 1', with: { n: '{{ .workflow.input.n }}' } },
      ],
      input: { n: 2 },
      output: { n: 2 },
    },
    {
      should: 'fail where a condition is no boolean',
      tasks: [{ id: 'a', ...echo, condition: '{{ .workflow.input.n }}' }],
      input: { n: 2 },
      error: { type: 'TemplateError', task: 'a' },
      also: { called: [] },
    },
    {
      should: 'sleep before the next task',
      tasks: [
        { id: 'a', ...echo, sleep: '5s', on_success: { next: 'b' } },
        { id: 'b', ...echo, with: { ended: '{{ .tasks.a.ended_at }}', now: '{{ now }}' } },
      ],
      output: { ended: '2026-01-31T10:00:00.000Z', now: '2026-01-31T10:00:05.000Z' },
    },
    {
      should: 'not sleep without a next, nor before a handler',
      tasks: [
        { ...boom, sleep: '5s', on_error: { next: 'b' } },
        { id: 'b', ...echo, sleep: '5s' },
      ],
      output: {},
      also: { took: 0 },
    },
    {
      should: "give the workflow's outputs at the end",
      tasks: [{ id: 'a', ...echo, with: { n: 1 } }],
      workflow: { outputs: { got: '{{ .tasks.a.output.n }}', of: '{{ .workflow.id }}' } },
      output: { got: 1, of: 'test' },
    },
    {
      should: "fail where the workflow's outputs can't be computed",
      tasks: [{ id: 'a', ...echo }],
      workflow: { outputs: { got: '{{ .tasks.a.output.n }}' } },
      error: {
        type: 'TemplateError',
        cause: { place: 'test.yaml:1:1', path: '.tasks.a.output.n' },
      },
    },
    {
      should: 'let on_error handle a TemplateError, without trying again',
      tasks: [
        {
          id: 'a',
          ...echo,
          with: { x: '{{ .workflow.input.gone }}' },
          retries: 5,
          on_error: { next: 'b' },
        },
        { id: 'b', ...echo, with: { type: '{{ .error.type }}' } },
      ],
      output: { type: 'TemplateError' },
      also: { took: 0, called: ['b'] },
    },
    {
      should: "take an edge's with that can't be computed as the task's failure",
      tasks: [
        {
          id: 'a',
          ...echo,
          on_success: { next: 'b', with: { x: '{{ .output.gone }}' } },
          on_error: { next: 'c' },
        },
        { id: 'b', ...echo },
        { id: 'c', ...echo, with: { type: '{{ .error.type }}', status: '{{ .tasks.a.status }}' } },
      ],
      output: { type: 'TemplateError', status: 'failed' },
    },
    {
      should: 'fail with LimitExceeded when a loop never ends',
      workflow: { config: { max_tasks: 5 } },
      tasks: [{ id: 'a', ...echo, on_success: { next: 'a' } }],
      error: { type: 'LimitExceeded', task: 'a' },
      also: { called: ['a', 'a', 'a', 'a', 'a'] },
    },
    {
      should: 'fail after 10,000 tasks where the workflow sets no limit',
      tasks: [{ id: 'a', type: 'aggregate', outputs: 1, on_success: { next: 'a' } }],
      error: {
        type: 'LimitExceeded',
        message: '10,000 tasks were run; is there a loop that never ends?',
      },
    },
    {
      should: 'fail after 10,000 tasks of a composite, whatever the workflow allows',
      workflow: { config: { max_tasks: 50_000 } },
      tasks: [
        {
          id: 'box',
          type: 'composite',
          tasks: [{ id: 'a', type: 'aggregate', outputs: 1, on_success: { next: 'a' } }],
        },
      ],
      error: {
        type: 'LimitExceeded',
        message: '10,000 tasks were run; is there a loop that never ends?',
      },
    },
    {
      should: 'fail at the second task where the limit is one',
      workflow: { config: { max_tasks: 1 } },
      tasks: [
        { id: 'a', ...echo, on_success: { next: 'b' } },
        { id: 'b', ...echo },
      ],
      error: {
        type: 'LimitExceeded',
        task: 'b',
        message: '1 task was run; is there a loop that never ends?',
      },
      also: { called: ['a'] },
    },
    {
      should: 'count no children against the limit',
      workflow: { config: { max_tasks: 1 } },
      tasks: [
        {
          id: 'c',
          type: 'collection',
          items: [1, 2, 3],
          task: { ...echo, outputs: '{{ .item }}' },
        },
      ],
      output: [1, 2, 3],
    },
    {
      should: 'complete a loop that ends within the limit',
      workflow: { config: { max_tasks: 5 } },
      tasks: [
        {
          id: 'count',
          ...echo,
          with: { n: '{{ add 1 (default 0 (get .tasks.count.output "n")) }}' },
          on_success: { next: 'more' },
        },
        {
          id: 'more',
          type: 'router',
          condition: '{{ lt .tasks.count.output.n 2 }}',
          routes: { true: 'count' },
          default: 'done',
        },
        { id: 'done', ...echo, with: { n: '{{ .tasks.count.output.n }}' } },
      ],
      output: { n: 2 },
      also: { called: ['count', 'count', 'done'] },
    },
    {
      should: 'breathe in a loop of very many tasks that wait for nothing',
      workflow: { config: { max_tasks: 25_000 } },
      tasks: [{ id: 'a', type: 'aggregate', outputs: 1, on_success: { next: 'a' } }],
      error: { type: 'LimitExceeded' },
      also: { took: 2 },
    },
    {
      should: 'show project, trigger, env and run to templates',
      tasks: [
        {
          id: 'a',
          ...echo,
          with: {
            project: '{{ .project.name }}',
            trigger: '{{ .trigger.type }}/{{ .trigger.name }}',
            env: '{{ .env.REGION }}',
            run: '{{ .workflow.exec_id }}',
            parent: '{{ .parent.input.n }}',
          },
        },
      ],
      env: { REGION: 'eu' },
      input: { n: 1 },
      trigger: { type: 'signal', name: 'order.placed' },
      output: {
        project: 'tests',
        trigger: 'signal/order.placed',
        env: 'eu',
        run: 'run-1',
        parent: 1,
      },
    },
  ])
})

describe('defects', () => {
  it('Should fail the run, never a task', () => {
    const definition = compileTest({
      tasks: [
        { ...boom, on_error: { next: 'mend' } },
        { id: 'mend', ...echo },
      ],
    })
    const broken = { ...definition, tasks: definition.tasks.slice(0, 1) }
    expect(play(definition).type).toBe('complete')
    const { type, error } = play(broken)
    expect({ type, error }).toMatchObject({
      type: 'fail',
      error: {
        type: 'InternalError',
        message: "the engine failed; the worker's log has the cause",
      },
    })
    expect(JSON.stringify(error)).not.toContain('mend')
  })

  it('Should give the log what the engine failed at, with its task and place', () => {
    const sum = { id: 'sum', type: 'aggregate', outputs: { n: '{{ 1 }}' } }
    const definition = compileTest({ tasks: [{ id: 'steps', type: 'composite', tasks: [sum] }] })
    const text = JSON.stringify(definition).replace('"entries"', '"no such key"')
    const { error, commands } = play(JSON.parse(text) as typeof definition)
    expect(error).toEqual({
      type: 'InternalError',
      task: 'sum',
      message: "test.yaml:1:1: the engine failed; the worker's log has the cause",
    })
    expect(commands.at(-1)).toMatchObject({
      type: 'fail',
      defect: { task: 'sum', place: 'test.yaml:1:1', stack: expect.any(String) as string },
    })
  })

  it('Should wait for a newer worker at a kind of task that this engine does not have', () => {
    const definition = compileTest({ tasks: [boom] })
    const newer = { ...definition, tasks: [{ ...definition.tasks[0]!, type: 'hologram' }] }
    expect(() => play(newer)).toThrow('this engine has no task kind "hologram"')
  })
})

describe('router', () => {
  const route = (
    rest: Record<string, string>,
    routes: Record<
      string,
      string | { id?: string; tool: string; with?: Record<string, string | number> }
    >,
  ) => ({
    id: 'r',
    type: 'router',
    condition: '{{ .workflow.input.v }}',
    routes,
    ...rest,
  })
  const targets = [
    { id: 'one', ...echo, with: { at: 'one' }, on_success: { next: 'last' } },
    { id: 'two', ...echo, with: { at: 'two' } },
    {
      id: 'last',
      ...echo,
      with: { after: '{{ .tasks.one.output.at }}', route: '{{ .tasks.r.output.route }}' },
    },
  ]
  testCases([
    {
      should: "follow a route and then that task's own next",
      tasks: [route({}, { '1': 'one', '2': 'two' }), ...targets],
      input: { v: '1' },
      output: { after: 'one', route: '1' },
    },
    {
      should: 'match numbers by how they print',
      tasks: [route({}, { '1': 'one', '2': 'two' }), ...targets],
      input: { v: 2 },
      output: { at: 'two' },
    },
    {
      should: 'match booleans by how they print',
      tasks: [route({}, { true: 'two', '1': 'one' }), ...targets],
      input: { v: true },
      output: { at: 'two' },
    },
    {
      should: 'take the default for any other value',
      tasks: [route({ default: 'one' }, { '2': 'two' }), ...targets],
      input: { v: 'x' },
      output: { after: 'one', route: 'default' },
    },
    {
      should: 'take the value of a CEL expression',
      tasks: [
        {
          ...route({}, { big: 'two', small: 'one' }),
          condition: 'workflow.input.v > 3 ? "big" : "small"',
        },
        ...targets,
      ],
      input: { v: 5 },
      output: { at: 'two' },
    },
    {
      should: 'run an inline task as its default',
      tasks: [
        { ...route({}, { a: { tool: 'fail' } }), default: { tool: 'echo', with: { inline: 2 } } },
      ],
      input: { v: null },
      output: { inline: 2 },
      also: { called: ['r/r-default'] },
    },
    {
      should: 'fail with NoRoute without one',
      tasks: [route({}, { '1': 'one', '2': 'two' }), ...targets],
      input: { v: 'constructor' },
      error: {
        type: 'NoRoute',
        message: 'no route for "constructor" and no default; routes: 1, 2',
        task: 'r',
      },
    },
    {
      should: 'fail with NoRoute that lists the first of many routes',
      tasks: [
        route(
          {},
          Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`key${i}`, 'one'] as const)),
        ),
        ...targets,
      ],
      input: { v: 'other' },
      error: {
        type: 'NoRoute',
        message: expect.stringMatching(/; routes: key0, key1, .* key19 and 480 more$/) as string,
      },
    },
    {
      should: 'run an inline task as its own output',
      tasks: [
        {
          ...route({}, { a: { tool: 'echo', with: { inline: 1 } } }),
          on_success: { next: 'after' },
        },
        { id: 'after', ...echo, with: { got: '{{ .tasks.r.output.inline }}' } },
      ],
      input: { v: 'a' },
      output: { got: 1 },
      also: { called: ['r/r-a', 'after'] },
    },
    {
      should: "fail with an inline task's error",
      tasks: [route({}, { a: { tool: 'fail' } })],
      input: { v: 'a' },
      error: { type: 'ToolError:Boom', task: 'r-a' },
    },
  ])
})

describe('a pause of 0', () => {
  const timersOf = (world: Parameters<typeof playCase>[0]): readonly number[] =>
    playCase(world).commands.flatMap((each) => (each.type === 'start_timer' ? [each.ms] : []))
  const next = { id: 'b', ...echo }
  const sleeping = (sleep: string) => [{ id: 'a', ...echo, sleep, on_success: { next: 'b' } }, next]
  const retrying = (initial_interval: string) => [
    { id: 'a', tool: 'flaky', with: { failures: 2 }, retry_policy: { initial_interval } },
  ]
  const inside = (sleep: string) => [{ id: 'c', type: 'composite', tasks: sleeping(sleep) }]

  it.each([
    ['between tasks', sleeping, 1],
    ['inside a composite', inside, 1],
    ['before a retry', retrying, 2],
  ] as const)('Should need no timer, %s', (_, tasks, count) => {
    const world = { should: '', tasks: tasks('0s') }
    expect(playCase(world).type).toBe('complete')
    expect(timersOf(world)).toEqual([])
    expect(timersOf({ ...world, revision: 7 })).toEqual(Array.from({ length: count }, () => 0))
    expect(timersOf({ should: '', tasks: tasks('2s') })).toHaveLength(count)
  })

  it('Should not shorten the next one where a run continued as new', () => {
    const tasks = [
      {
        id: 'c',
        type: 'composite',
        tasks: [
          { id: 'a', ...echo, sleep: '0s', on_success: { next: 'b' } },
          { id: 'b', ...echo, sleep: '3s', on_success: { next: 'd' } },
          { id: 'd', ...echo },
        ],
      },
    ]
    const { took, hops } = playCase({ should: '', tasks, isLong: (step) => step > 1 })
    expect(hops).toBeGreaterThan(0)
    expect(took).toBe(3_000)
  })
})

describe('expressions in block scalars', () => {
  testCases([
    {
      should: 'choose a route, hold or not, and keep items',
      tasks: [
        {
          id: 'r',
          type: 'router',
          condition: '{{ lower "PRO" }}\n',
          routes: {
            pro: {
              id: 'each',
              type: 'collection',
              condition: '{{ true }}\n',
              items: [1, 2],
              filter: '{{ gt .item 1 }}\n',
              task: { id: 'row-{{ .item }}\n', ...echo, with: { n: '{{ .item }}' } },
            },
          },
        },
      ],
      output: [{ n: 2 }],
      also: { called: ['r/each/row-2'] },
    },
    {
      should: 'stay text with their line break where text may be meant',
      tasks: [{ id: 'a', ...echo, with: { n: '{{ 1 }}\n' }, outputs: { n: '{{ .output.n }}\n' } }],
      output: { n: '1\n\n' },
    },
    {
      should: 'give items, and the input of what follows',
      tasks: [
        {
          id: 'a',
          type: 'aggregate',
          outputs: { n: 1, rows: '{{ until 3 }}' },
          on_success: { next: 'each', with: '{{ .output }}\n' },
        },
        {
          id: 'each',
          type: 'collection',
          items: '{{ .input.rows }}\n',
          task: { id: 'x', ...echo, with: { n: '{{ .item }}' } },
        },
      ],
      output: [{ n: 0 }, { n: 1 }, { n: 2 }],
    },
  ])
})
