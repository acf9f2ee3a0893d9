import { describe, expect, it } from 'vitest'
import { defined } from '../core/defined.ts'
import type { JsonObject, JsonValue } from '../core/json.ts'
import { playCase, testCases } from './testing/cases.ts'
import { signal } from './testing/play.ts'

const slow = (id: string, ms: number, value: JsonValue = id): JsonObject => ({
  id,
  tool: 'slow',
  with: { ms, value },
})
const fail = (id: string, ms = 0): JsonObject => ({
  id,
  tool: 'fail',
  with: { type: 'ToolError:Boom', ms },
})
const parallel = (tasks: JsonObject[], rest: JsonObject = {}): JsonObject => ({
  id: 'p',
  type: 'parallel',
  tasks,
  ...rest,
})
const composite = (tasks: JsonObject[], rest: JsonObject = {}): JsonObject => ({
  id: 'c',
  type: 'composite',
  tasks,
  ...rest,
})
const each = (items: JsonValue, rest: JsonObject = {}, task: JsonObject = {}): JsonObject => ({
  id: 'each',
  type: 'collection',
  items,
  task: defined({
    tool: task['type'] === undefined ? 'echo' : undefined,
    with: { v: '{{ .item }}' },
    outputs: '{{ .output.v }}',
    ...task,
  }),
  ...rest,
})
/** A collection whose items say how long they take, or that they fail. */
const timed = (items: JsonValue, rest: JsonObject = {}): JsonObject =>
  each(items, rest, { tool: 'timed', with: '{{ .item }}', outputs: '{{ .output }}' })
const tools = {
  timed: ({ ms = 0, value = null, fails }: JsonObject) => {
    const after = ms as number
    const error = { type: 'ToolError:Boom', message: 'it broke' } as const
    return fails === true ? { after, error } : { after, value: value! }
  },
}

describe('parallel', () => {
  testCases([
    {
      should: 'run all at once and give outputs by id',
      tasks: [parallel([slow('a', 20), slow('b', 10)])],
      output: { a: 'a', b: 'b' },
      also: { took: 20 },
    },
    {
      should: 'run no more than max_workers at once',
      tasks: [parallel([slow('a', 20), slow('b', 10), slow('d', 10)], { max_workers: 2 })],
      output: { a: 'a', b: 'b', d: 'd' },
      also: { took: 20, called: ['p/a', 'p/b', 'p/d'] },
    },
    {
      should: 'run one after another with one worker',
      tasks: [parallel([slow('a', 20), slow('b', 10)], { max_workers: 1 })],
      also: { took: 30 },
    },
    {
      should: 'wait for all and then fail with every failure',
      tasks: [parallel([fail('a'), slow('b', 10), fail('d', 5)])],
      error: {
        type: 'ChildFailed',
        task: 'p',
        message: '2 of 3 tasks failed: a: it broke; d: it broke',
        cause: { errors: [{ type: 'ToolError:Boom', task: 'a' }, { task: 'd' }] },
      },
      also: {
        took: 10,
        killed: [],
        view: { tasks: { p: { tasks: { b: { status: 'completed' } } } } },
      },
    },
    {
      should: 'list the failures for a handler too',
      tasks: [
        parallel([fail('a'), fail('b')], { on_error: { next: 'h' } }),
        {
          id: 'h',
          tool: 'echo',
          with: { of: '{{ pluck "task" .tasks.p.errors }}', type: '{{ .error.type }}' },
        },
      ],
      output: { of: ['a', 'b'], type: 'ChildFailed' },
    },
    {
      should: 'cancel the rest at the first failure under fail_fast',
      tasks: [parallel([slow('a', 20), fail('b', 5), slow('d', 1)], { strategy: 'fail_fast' })],
      error: { type: 'ChildFailed', cause: { errors: [{ task: 'b' }] } },
      also: {
        took: 5,
        killed: ['p/a'],
        view: {
          tasks: {
            p: {
              tasks: {
                a: { status: 'canceled' },
                b: { status: 'failed' },
                d: { status: 'completed' },
              },
            },
          },
        },
      },
    },
    {
      should: 'start no further task after a failure under fail_fast',
      tasks: [parallel([fail('a'), slow('b', 1)], { strategy: 'fail_fast', max_workers: 1 })],
      also: { called: ['p/a'], view: { tasks: { p: { tasks: { b: { status: 'pending' } } } } } },
    },
    {
      should: 'complete under fail_fast where nothing fails',
      tasks: [parallel([slow('a', 1)], { strategy: 'fail_fast' })],
      output: { a: 'a' },
    },
    {
      should: 'tolerate failures under best_effort, and list them',
      tasks: [
        parallel([fail('a'), slow('b', 1)], { strategy: 'best_effort', on_success: { next: 'n' } }),
        {
          id: 'n',
          tool: 'echo',
          with: {
            out: '{{ .tasks.p.output }}',
            of: '{{ (index .tasks.p.errors 0).task }}',
            status: '{{ .tasks.p.status }}',
          },
        },
      ],
      output: { out: { a: null, b: 'b' }, of: 'a', status: 'completed' },
    },
    {
      should: 'list the failures for its own outputs too, those of this round of a loop',
      tasks: [
        parallel([fail('a')], {
          strategy: 'best_effort',
          outputs: { of: '{{ pluck "task" .tasks.p.errors }}', before: '{{ .tasks.p.output }}' },
          on_success: { next: 'more' },
        }),
        {
          id: 'more',
          type: 'router',
          condition: '{{ kindOf .tasks.p.output.before }}',
          routes: { invalid: 'p' },
          default: 'end',
        },
        { id: 'end', type: 'aggregate', outputs: '{{ .tasks.p.output }}' },
      ],
      output: { of: ['a'], before: { of: ['a'], before: null } },
    },
    {
      should: 'list no failures for its own outputs where there were none',
      tasks: [parallel([slow('a', 1)], { outputs: { none: '{{ .tasks.p.errors }}' } })],
      output: { none: [] },
    },
    {
      should: 'let the first success win a race and stop the rest',
      tasks: [parallel([slow('a', 20), fail('b', 1), slow('d', 5)], { strategy: 'race' })],
      output: { winner: 'd', output: 'd' },
      also: { took: 5, killed: ['p/a'] },
    },
    {
      should: 'fail a race in which all fail',
      tasks: [parallel([fail('a', 3), fail('b', 1)], { strategy: 'race' })],
      error: { type: 'ChildFailed', cause: { errors: [{ task: 'a' }, { task: 'b' }] } },
    },
    {
      should: 'let nobody win a race in which all are skipped',
      tasks: [parallel([{ ...slow('a', 1), condition: 'false' }], { strategy: 'race' })],
      output: { winner: null, output: null },
    },
    {
      should: 'show children to its outputs, and only to them',
      tasks: [
        parallel([slow('a', 1)], {
          outputs: { got: '{{ .tasks.a.output }}', whole: '{{ .output.a }}' },
        }),
      ],
      output: { got: 'a', whole: 'a' },
    },
    {
      should:
        'show a child its siblings that ended, the tasks around, and the input of the container',
      tasks: [
        { id: 'first', tool: 'echo', with: { n: 1 }, on_success: { next: 'p' } },
        parallel(
          [
            slow('a', 1),
            {
              id: 'b',
              tool: 'echo',
              with: {
                sibling: '{{ .tasks.a.output }}',
                around: '{{ .tasks.first.output.n }}',
                x: '{{ .input.x }}',
              },
            },
          ],
          { max_workers: 1, with: { x: 9 }, outputs: '{{ .output.b }}' },
        ),
      ],
      output: { sibling: 'a', around: 1, x: 9 },
    },
  ])
})

describe('collection', () => {
  testCases([
    {
      should: "give outputs in the items' order, whatever ended first",
      tools,
      tasks: [
        timed([
          { ms: 9, value: 1 },
          { ms: 1, value: 2 },
        ]),
      ],
      output: [1, 2],
      also: { took: 9 },
    },
    {
      should: 'take a list from a template',
      tasks: [each('{{ .workflow.input.l }}')],
      input: { l: [1, 2] },
      output: [1, 2],
    },
    {
      should: 'take an object as key and value',
      tasks: [
        each('{{ .workflow.input.o }}', {}, { with: { v: '{{ .item.key }}={{ .item.value }}' } }),
      ],
      input: { o: { b: 1, a: 2 } },
      output: ['b=1', 'a=2'],
    },
    {
      should: 'take JSON text',
      tasks: [each('{{ .workflow.input.t }}')],
      input: { t: '[1,"x"]' },
      output: [1, 'x'],
    },
    {
      should: 'refuse other text',
      tasks: [each('{{ .workflow.input.t }}')],
      input: { t: 'a,b' },
      error: { type: 'TemplateError', task: 'each' },
    },
    {
      should: 'refuse JSON text whose numbers would be altered',
      tasks: [each('{{ .workflow.input.t }}')],
      input: { t: '[1, {"id": 9007199254740993}]' },
      error: {
        type: 'TemplateError',
        message: expect.stringContaining('items at /1/id: the number 9007199254740993'),
      },
    },
    {
      should: 'refuse a null',
      tasks: [each('{{ .workflow.input.t }}')],
      input: { t: null },
      error: {
        type: 'TemplateError',
        message: 'test.yaml:1:1: items must be a list or an object, not null',
      },
    },
    {
      should: 'give an empty list for an empty list',
      tasks: [each([])],
      output: [],
      also: { called: [] },
    },
    {
      should: 'give an empty list for an empty race',
      tasks: [each([], { strategy: 'race' })],
      output: [],
    },
    {
      should: 'count the index after the filter, which sees the place in the whole list',
      tasks: [
        each(
          ['a', 'b', 'd', 'e'],
          { filter: '{{ ne .index 1 }}' },
          { with: { v: '{{ .item }}{{ .index }}' } },
        ),
      ],
      output: ['a0', 'd1', 'e2'],
    },
    { should: 'filter by CEL', tasks: [each([1, 2, 3], { filter: 'item > 1' })], output: [2, 3] },
    {
      should: 'fail where a filter is no boolean',
      tasks: [each([1], { filter: '{{ .item }}' })],
      error: { type: 'TemplateError' },
    },
    {
      should: 'use the given names of item and index',
      tasks: [
        each(['x'], { item_var: 'row', index_var: 'at' }, { with: { v: '{{ .row }}{{ .at }}' } }),
      ],
      output: ['x0'],
    },
    {
      should: 'run one after another in sequential mode',
      tools,
      tasks: [timed([{ ms: 5 }, { ms: 3 }], { mode: 'sequential' })],
      also: { took: 8 },
    },
    {
      should: 'run batches one after another',
      tools,
      tasks: [timed([{ ms: 5 }, { ms: 1 }, { ms: 3 }, { ms: 2 }, { ms: 1 }], { batch: 2 })],
      also: { took: 9 },
    },
    {
      should: 'keep to max_workers',
      tools,
      tasks: [timed([{ ms: 5 }, { ms: 1 }, { ms: 3 }], { max_workers: 2 })],
      also: { took: 5 },
    },
    {
      should: 'keep to max_workers within a batch',
      tools,
      tasks: [timed([{ ms: 5 }, { ms: 1 }, { ms: 3 }, { ms: 2 }], { batch: 3, max_workers: 1 })],
      also: { took: 11 },
    },
    {
      should: 'give null for failed items under best_effort',
      tools,
      tasks: [timed([{ value: 1 }, { fails: true }, { value: 3 }], { strategy: 'best_effort' })],
      output: [1, null, 3],
    },
    {
      should: 'wait for all items and then fail with every failure',
      tools,
      tasks: [timed([{ fails: true }, { ms: 5 }, { fails: true }])],
      error: {
        type: 'ChildFailed',
        task: 'each',
        cause: { errors: [{ task: 'each-0', type: 'ToolError:Boom' }, { task: 'each-2' }] },
      },
      also: { took: 5, killed: [] },
    },
    {
      should: 'list the failures of items under best_effort',
      tools,
      tasks: [
        {
          ...timed([{ fails: true }, { ms: 1 }], { strategy: 'best_effort' }),
          on_success: { next: 'n' },
        },
        { id: 'n', type: 'aggregate', outputs: '{{ pluck "task" .tasks.each.errors }}' },
      ],
      output: ['each-0'],
    },
    {
      should: 'stop the other items at a failure under fail_fast',
      tools,
      tasks: [timed([{ ms: 9 }, { ms: 2, fails: true }], { strategy: 'fail_fast' })],
      error: { type: 'ChildFailed', message: '1 of 2 tasks failed: each-1: it broke' },
      also: { killed: ['each/each-0'], took: 2 },
    },
    {
      should: 'give the winner of a race',
      tools,
      tasks: [
        timed(
          [
            { ms: 9, value: 'a' },
            { ms: 2, value: 'b' },
          ],
          { strategy: 'race' },
        ),
      ],
      output: { winner: 'each-1', output: 'b' },
    },
    {
      should: 'give a fixed id the index',
      tasks: [each([7, 8], {}, { id: 'row' })],
      also: { called: ['each/row-0', 'each/row-1'] },
    },
    {
      should: 'name children by a template',
      tasks: [each(['a', 'b'], {}, { id: 'row-{{ .item }}' })],
      also: { called: ['each/row-a', 'each/row-b'] },
    },
    {
      should: 'clean ids, and tell equal ones apart by their index',
      tasks: [each(['a/b', 'a/b', '__proto__', '', 'x'.repeat(70)], {}, { id: '{{ .item }}' })],
      also: {
        called: ['each/a-b', 'each/a-b-1', 'each/proto__', 'each/item-3', `each/${'x'.repeat(63)}`],
      },
    },
    {
      should: 'show children to its outputs',
      tasks: [
        each(
          [7, 8],
          { outputs: { second: '{{ .tasks.row-1.output }}', all: '{{ .output }}' } },
          { id: 'row' },
        ),
      ],
      output: { second: 8, all: [7, 8] },
    },
    {
      should: 'show the outer item by .parent and by its name in nested collections',
      tasks: [
        {
          id: 'outer',
          type: 'collection',
          items: ['a', 'b'],
          item_var: 'letter',
          with: { from: 'outer' },
          task: {
            type: 'collection',
            items: [1],
            with: { from: 'inner' },
            task: {
              tool: 'echo',
              with: {
                item: '{{ .item }}',
                letter: '{{ .letter }}',
                up: '{{ .parent.item }}{{ .parent.index }}',
                inner: '{{ .parent.input.from }}',
                outer: '{{ .parent.parent.input.from }}',
              },
            },
          },
        },
      ],
      output: ['a', 'b'].map((letter, at) => [
        { item: 1, letter, up: `${letter}${at}`, inner: 'inner', outer: 'outer' },
      ]),
    },
    {
      should: 'run several steps for each item by a composite',
      tasks: [
        each(
          [1, 2],
          {},
          {
            id: 'steps',
            type: 'composite',
            with: { n: '{{ .item }}' },
            outputs: '{{ .tasks.b.output.twice }}',
            tasks: [
              { id: 'a', tool: 'echo', with: { n: '{{ .input.n }}' } },
              { id: 'b', tool: 'echo', with: { twice: '{{ add .tasks.a.output.n .item }}' } },
            ],
          },
        ),
      ],
      output: [2, 4],
      also: { called: ['each/steps-0/a', 'each/steps-1/a', 'each/steps-0/b', 'each/steps-1/b'] },
    },
  ])
})

describe('composite', () => {
  testCases([
    {
      should: 'run in the order of the list without any next',
      tasks: [composite([slow('a', 1), slow('b', 2)])],
      output: { a: 'a', b: 'b' },
      also: { took: 3 },
    },
    {
      should: 'follow next among siblings, and give null for what never ran',
      tasks: [
        composite([{ ...slow('a', 1), on_success: { next: 'd' } }, slow('b', 1), slow('d', 1)]),
      ],
      output: { a: 'a', b: null, d: 'd' },
      also: { called: ['c/a', 'c/d'] },
    },
    {
      should: 'stop at a task without a next where others have one',
      tasks: [
        composite([{ ...slow('a', 1), on_success: { next: 'b' } }, slow('b', 1), slow('d', 1)]),
      ],
      also: { called: ['c/a', 'c/b'] },
    },
    {
      should: 'fail at the first failure',
      tasks: [composite([fail('a'), slow('b', 1)])],
      error: { type: 'ChildFailed', task: 'c', cause: { errors: [{ task: 'a' }] } },
      also: { called: ['c/a'] },
    },
    {
      should: 'go on after a failure under best_effort',
      tasks: [
        composite([fail('a'), slow('b', 1)], {
          strategy: 'best_effort',
          outputs: { out: '{{ .output }}', failed: '{{ .tasks.a.error.type }}' },
        }),
      ],
      output: { out: { a: null, b: 'b' }, failed: 'ToolError:Boom' },
    },
    {
      should: 'list the failures that it tolerated',
      tasks: [
        composite([fail('a'), slow('b', 1), fail('d')], {
          strategy: 'best_effort',
          on_success: { next: 'n' },
        }),
        {
          id: 'n',
          type: 'aggregate',
          outputs: { of: '{{ pluck "task" .tasks.c.errors }}', status: '{{ .tasks.c.status }}' },
        },
      ],
      output: { of: ['a', 'd'], status: 'completed' },
    },
    {
      should: 'go on along on_success.next under best_effort',
      tasks: [
        composite([{ ...fail('a'), on_success: { next: 'd' } }, slow('b', 1), fail('d')], {
          strategy: 'best_effort',
        }),
      ],
      output: { a: null, b: null, d: null },
      also: { called: ['c/a', 'c/d'] },
    },
    {
      should: 'handle a failure inside by on_error',
      tasks: [
        composite([
          { ...fail('a'), on_error: { next: 'b' } },
          { id: 'b', tool: 'echo', with: { type: '{{ .error.type }}' } },
        ]),
      ],
      output: { a: null, b: { type: 'ToolError:Boom' } },
    },
    {
      should: 'name the handled failure beside that of a handler inside it, which fails too',
      tasks: [
        composite([
          { ...fail('a'), on_error: { next: 'b' } },
          { id: 'b', tool: 'fail', with: { type: 'ToolError:Closed' } },
        ]),
      ],
      error: {
        type: 'ChildFailed',
        message:
          '1 of 2 tasks failed: b: it broke ' +
          '(while handling the failure of task "a": ToolError:Boom: it broke)',
      },
      also: { view: { tasks: { c: { tasks: { b: { error: { message: 'it broke' } } } } } } },
    },
    {
      should:
        'name the handled failure in a tolerated one too, and not after a handler that ended well',
      tasks: [
        composite(
          [
            { ...fail('a'), on_error: { next: 'b' } },
            { ...fail('b'), on_success: { next: 'd' } },
            fail('d'),
          ],
          { strategy: 'best_effort', outputs: '{{ pluck "message" .tasks.c.errors }}' },
        ),
      ],
      output: [
        'it broke (while handling the failure of task "a": ToolError:Boom: it broke)',
        'it broke',
      ],
    },
    {
      should: 'keep the error of a handler visible to the tasks inside it',
      tasks: [
        { ...fail('x'), on_error: { next: 'c' } },
        composite([{ id: 'a', tool: 'echo', with: { type: '{{ .error.type }}' } }]),
      ],
      output: { a: { type: 'ToolError:Boom' } },
    },
    {
      should: 'sleep and hand over inputs between tasks in the order of the list',
      tasks: [
        composite([
          { ...slow('a', 1), sleep: '10ms', on_success: { with: { x: '{{ .output }}' } } },
          { id: 'b', tool: 'echo' },
        ]),
      ],
      output: { a: 'a', b: { x: 'a' } },
      also: { took: 11 },
    },
    {
      should: 'end at a final task',
      tasks: [composite([{ ...slow('a', 1), final: true }, slow('b', 1)])],
      output: { a: 'a', b: null },
    },
    {
      should: 'let the nearest task of a name win',
      tasks: [
        { id: 'a', tool: 'echo', with: { at: 'top' }, on_success: { next: 'c' } },
        composite([
          { id: 'a', tool: 'echo', with: { at: 'inside' } },
          { id: 'b', tool: 'echo', with: { sees: '{{ .tasks.a.output.at }}' } },
        ]),
      ],
      output: { a: { at: 'inside' }, b: { sees: 'inside' } },
    },
    {
      should: 'not run forever',
      tasks: [composite([{ id: 'a', type: 'aggregate', outputs: {}, on_success: { next: 'a' } }])],
      error: { type: 'LimitExceeded' },
    },
  ])
})

describe('aggregate', () => {
  testCases([
    {
      should: 'compute its outputs',
      tasks: [
        { id: 'a', tool: 'echo', with: { n: 2 }, on_success: { next: 'sum', with: { plus: 3 } } },
        {
          id: 'sum',
          type: 'aggregate',
          outputs: { sum: '{{ add .tasks.a.output.n .input.plus }}' },
        },
      ],
      output: { sum: 5 },
    },
    {
      should: 'fail where they can’t be computed',
      tasks: [{ id: 'a', type: 'aggregate', outputs: { x: '{{ div 1 0 }}' } }],
      error: { type: 'TemplateError', task: 'a' },
    },
  ])
})

describe('many items', () => {
  const items = Array.from({ length: 2_500 }, (_, n) => n)
  const task = each(items, { outputs: '{{ len .output }}' })

  it('Should open no more requests at once than Temporal takes', () => {
    const { runs, output } = playCase({ should: '', tasks: [task] })
    let open = 0
    const most = Math.max(
      ...runs[0]!.steps.map(({ events, commands }) => {
        open -= events.filter(({ type }) => type === 'resolved').length
        open += commands.filter(({ type }) => type === 'call_tool').length
        return open
      }),
    )
    expect({ most, output }).toEqual({ most: 500, output: 2_500 })
  })

  it('Should take back what is open, and only that, when the run is canceled', () => {
    const { commands, killed, type } = playCase({
      should: '',
      tasks: [each(items, {}, { tool: 'slow', with: { ms: 9 }, outputs: 1 })],
      events: [{ at: 3, event: { type: 'cancel_requested' } }],
    })
    expect(type).toBe('canceled')
    expect(killed).toHaveLength(500)
    expect(commands.filter((command) => command.type === 'call_tool')).toHaveLength(500)
  })

  it('Should start no more items than can send their requests, so that a hop carries few', () => {
    const isLong = (_: number, run: number): boolean => run === 0
    const { runs, output } = playCase({ should: '', tasks: [task], isLong })
    const statuses = JSON.stringify(runs[1]!.start.carried).match(/"statuses":"([a-z]*)"/)![1]!
    expect({ started: statuses.length, output }).toEqual({ started: 500, output: 2_500 })
  })

  it('Should start one more item for each that ends', () => {
    const { runs } = playCase({ should: '', tasks: [task] })
    const calls = runs[0]!.steps.map(
      ({ commands }) => commands.filter(({ type }) => type === 'call_tool').length,
    )
    expect(calls.slice(0, 4)).toEqual([500, 1, 1, 1])
  })

  it('Should start all items at once where they send none', () => {
    const waits = each(items, { strategy: 'best_effort' }, { type: 'pause', duration: '1h' })
    const { runs } = playCase({ should: '', tasks: [waits] })
    const timers = runs[0]!.steps[0]!.commands.filter(({ type }) => type === 'start_timer')
    expect(timers).toHaveLength(2_500)
  })

  it.each(['parallel', 'collection'])('Should start what stands beside many: %s', (type) => {
    const beside = [{ id: 'beside', type: 'wait', wait_for: 'go', timeout: '1h' }, task]
    const both =
      type === 'parallel'
        ? { id: 'both', type, tasks: beside }
        : each([0], { id: 'both' }, { type: 'parallel', tasks: beside, outputs: 1 })
    const { output, type: end } = playCase({
      should: '',
      tasks: [{ ...both, outputs: { done: true } }],
      isLong: (step) => step % 7 === 0,
      events: [{ at: 0, event: signal('go') }],
    })
    expect({ output, end }).toEqual({ output: { done: true }, end: 'complete' })
  })
})

describe('the id of the task of an item', () => {
  const tasks = (id: string) => [
    each(
      ['a', 'b'],
      { with: { from: 'outer' } },
      {
        type: 'collection',
        items: [1],
        with: { from: 'inner' },
        outputs: '{{ .output }}',
        task: { id, tool: 'echo', with: { same: id } },
      },
    ),
  ]

  it('Should see the .parent that the task sees', () => {
    const id =
      '{{ .parent.item }}-{{ .parent.input.from }}-{{ .parent.parent.input.from }}-{{ .item }}'
    const { output, called } = playCase({ should: '', tasks: tasks(id) })
    expect(output).toEqual(['a', 'b'].map((item) => [{ same: `${item}-inner-outer-1` }]))
    expect(called.map((path) => path.split('/').at(-1))).toEqual([
      'a-inner-outer-1',
      'b-inner-outer-1',
    ])
  })

  it('Should see the .parent of the collection in a run that an older engine began', () => {
    const id = '{{ .parent.input.from }}-{{ .item }}'
    const { called } = playCase({ should: '', tasks: tasks(id), revision: 7 })
    expect(called.map((path) => path.split('/').at(-1))).toEqual(['outer-1', 'outer-1'])
    const item = playCase({ should: '', tasks: tasks('{{ .parent.item }}'), revision: 7 })
    expect(item.error).toMatchObject({ type: 'ChildFailed' })
  })
})
