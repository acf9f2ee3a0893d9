import { describe, expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '../core/json.ts'
import { playCase, testCases, type LanguageCase } from './testing/cases.ts'
import { signal } from './testing/play.ts'

const one = (id: string, n: JsonValue = 1): JsonObject => ({
  id,
  type: 'aggregate',
  outputs: { n },
})
const fail = (id: string): JsonObject => ({ id, tool: 'fail', with: {} })
/** Gives what the edge gave. */
const seen = (id = 'q'): JsonObject => ({ id, type: 'aggregate', outputs: '{{ .input }}' })
const child = '{{ .tasks.a.output }}'
const whole = { v: child, status: '{{ .tasks.a.status }}' }
const never = { v: null, status: 'pending' }
const completed = { v: { n: 1 }, status: 'completed' }
/** Fails with TemplateError. */
const broken = '{{ fail "broken" }}'

const containers: Readonly<Record<string, JsonObject>> = {
  parallel: { type: 'parallel', tasks: [one('a')] },
  composite: { type: 'composite', tasks: [one('a')] },
}
const allContainers: Readonly<Record<string, JsonObject>> = {
  ...containers,
  router: { type: 'router', condition: '{{ "a" }}', routes: { a: one('a') } },
  wait: { type: 'wait', wait_for: 'go', timeout: '1s', processor: one('a') },
}
const firstEvents = [signal('go')]

describe('a skipped container', () => {
  testCases(
    Object.entries(containers).flatMap(([kind, fields]): LanguageCase[] => [
      {
        should: `give null for its children: ${kind}`,
        tasks: [
          { id: 'p', ...fields, condition: 'false', on_success: { next: 'q', with: whole } },
          seen(),
        ],
        output: never,
        also: { view: { tasks: { p: { status: 'skipped' } } } },
      },
      {
        should: `give their outputs where it is not skipped: ${kind}`,
        tasks: [
          { id: 'p', ...fields, condition: 'true', on_success: { next: 'q', with: whole } },
          seen(),
        ],
        output: completed,
      },
      {
        should: `hide a task around it that has a child's id: ${kind}`,
        tasks: [
          { ...one('a', 'outer'), on_success: { next: 'p' } },
          { id: 'p', ...fields, condition: 'false', on_success: { next: 'q', with: whole } },
          seen(),
        ],
        output: never,
      },
    ]),
  )

  testCases([
    {
      should: 'keep the tasks around it in sight',
      tasks: [
        { ...one('before'), on_success: { next: 'p' } },
        {
          id: 'p',
          ...containers['parallel'],
          condition: '{{ gt .tasks.before.output.n 5 }}',
          on_success: { next: 'q', with: { v: '{{ .tasks.before.output.n }}' } },
        },
        seen(),
      ],
      output: { v: 1 },
    },
    {
      should: 'give null inside a container too',
      tasks: [
        {
          id: 'c',
          type: 'composite',
          tasks: [
            {
              id: 'p',
              ...containers['composite'],
              condition: 'false',
              on_success: { next: 'q', with: whole },
            },
            seen(),
          ],
          outputs: '{{ .tasks.q.output }}',
        },
      ],
      output: never,
    },
    {
      should: 'leave the children of a collection missing: it had no items',
      tasks: [
        {
          id: 'p',
          type: 'collection',
          items: [1],
          task: one('a'),
          condition: 'false',
          on_success: { next: 'q', with: { v: '{{ .tasks.a-0.output | default "none" }}' } },
        },
        seen(),
      ],
      output: { v: 'none' },
    },
  ])

  it('Should fail for a name that is no child', () => {
    const { error } = playCase({
      should: '',
      tasks: [
        {
          id: 'p',
          ...containers['parallel'],
          condition: 'false',
          on_success: { next: 'q', with: { v: '{{ (index .tasks (lower "B")).output }}' } },
        },
        seen(),
      ],
    })
    expect(error).toMatchObject({ type: 'TemplateError', task: 'p' })
  })
})

describe('a container that fails before it opens', () => {
  testCases(
    Object.entries(allContainers).flatMap(([kind, fields]): LanguageCase[] => [
      {
        should: `run its handler, which reads a child, for its "with": ${kind}`,
        tasks: [
          {
            id: 'p',
            ...fields,
            with: { v: broken },
            on_error: {
              next: 'q',
              with: { ...whole, isTold: '{{ contains "broken" .error.message }}' },
            },
          },
          seen(),
        ],
        firstEvents,
        output: { ...never, isTold: true },
      },
      {
        should: `run its handler with the outputs where it fails at its end: ${kind}`,
        tasks: [
          { id: 'p', ...fields, outputs: broken, on_error: { next: 'q', with: whole } },
          seen(),
        ],
        firstEvents,
        output: completed,
      },
    ]),
  )

  testCases([
    ...Object.entries(containers).flatMap(([kind, fields]): LanguageCase[] =>
      ['{{ fail "broken" }}', '{{ 1 }}', 'int(workflow.exec_id) == 1'].map((condition) => ({
        should: `run its handler for its condition ${condition}: ${kind}`,
        tasks: [{ id: 'p', ...fields, condition, on_error: { next: 'q', with: whole } }, seen()],
        output: never,
      })),
    ),
    {
      should: 'run its handler for the name of a signal',
      tasks: [
        {
          id: 'p',
          ...allContainers['wait'],
          wait_for: '{{ fail "broken" }}',
          on_error: { next: 'q', with: whole },
        },
        seen(),
      ],
      output: never,
    },
    {
      should: 'run its handler for a route that is not there',
      tasks: [
        {
          id: 'p',
          type: 'router',
          condition: '{{ "other" }}',
          routes: { a: one('a') },
          on_error: { next: 'q', with: { ...whole, type: '{{ .error.type }}' } },
        },
        seen(),
      ],
      output: { ...never, type: 'NoRoute' },
    },
    {
      should: 'tell its own failure without a handler',
      tasks: [{ id: 'p', ...containers['parallel'], with: { v: broken } }],
      error: { type: 'TemplateError', task: 'p' },
    },
  ])
})

describe('a container whose edge fails', () => {
  testCases([
    ...Object.entries(allContainers).map(([kind, fields]): LanguageCase => ({
      should: `run its handler with the outputs of its children: ${kind}`,
      tasks: [
        {
          id: 'p',
          ...fields,
          on_success: { next: 'never', with: { v: broken } },
          on_error: { next: 'q', with: whole },
        },
        one('never'),
        seen(),
      ],
      firstEvents,
      output: completed,
    })),
    {
      should: 'run its handler with the outputs of the items of a collection',
      tasks: [
        {
          id: 'p',
          type: 'collection',
          items: [1],
          task: one('a'),
          on_success: { next: 'never', with: { v: broken } },
          on_error: { next: 'q', with: { v: '{{ .tasks.a-0.output }}' } },
        },
        one('never'),
        seen(),
      ],
      output: { v: { n: 1 } },
    },
    {
      should: 'run its handler where it was skipped',
      tasks: [
        {
          id: 'p',
          ...containers['parallel'],
          condition: 'false',
          on_success: { next: 'never', with: { v: broken } },
          on_error: { next: 'q', with: whole },
        },
        one('never'),
        seen(),
      ],
      output: never,
    },
    {
      should: 'end the run with the failure of its own handler',
      tasks: [
        {
          id: 'p',
          ...containers['parallel'],
          on_success: { next: 'q', with: { v: broken } },
          on_error: { next: 'q', with: { v: '{{ fail "handler" }}' } },
        },
        seen(),
      ],
      error: { type: 'TemplateError', message: expect.stringContaining('handler') as string },
    },
  ])
})

describe('children that never ran', () => {
  const routes = { x: one('x'), y: one('y', 2) }
  const both = { x: '{{ .tasks.x.output }}', y: '{{ .tasks.y.output }}' }
  const item = (fields: JsonObject): JsonObject => ({
    id: 'p',
    type: 'collection',
    items: ['ok', 'bad', 'late'],
    mode: 'sequential',
    strategy: 'fail_fast',
    task: { id: 'a', tool: 'judge', with: { v: '{{ .item }}' } },
    ...fields,
  })
  const tools: LanguageCase['tools'] = {
    judge: ({ v }) =>
      v === 'bad' ? { error: { type: 'ToolError:Bad', message: 'bad' } } : { value: v! },
  }
  testCases([
    {
      should: 'be null where another route was taken',
      tasks: [{ id: 'r', type: 'router', condition: '{{ "x" }}', routes, outputs: both }],
      output: { x: { n: 1 }, y: null },
    },
    {
      should: 'be null where the default was taken',
      tasks: [
        {
          id: 'r',
          type: 'router',
          condition: '{{ "z" }}',
          routes,
          default: one('d', 3),
          outputs: { ...both, d: '{{ .tasks.d.output }}' },
        },
      ],
      output: { x: null, y: null, d: { n: 3 } },
    },
    {
      should: 'be null where the default was not taken',
      tasks: [
        {
          id: 'r',
          type: 'router',
          condition: '{{ "x" }}',
          routes,
          default: one('d', 3),
          outputs: '{{ .tasks.d.status }}',
        },
      ],
      output: 'pending',
    },
    {
      should: 'be hidden from the task of a route, which sees the tasks around the router',
      tasks: [
        { ...one('y', 'outer'), on_success: { next: 'r' } },
        {
          id: 'r',
          type: 'router',
          condition: '{{ "x" }}',
          routes: { x: one('x', '{{ .tasks.y.output.n }}'), y: one('y') },
          outputs: both,
        },
      ],
      output: { x: { n: 'outer' }, y: null },
    },
    {
      should: 'be null for the items that a failure left over',
      tasks: [
        item({
          on_error: {
            next: 'q',
            with: {
              first: '{{ .tasks.a-0.output }}',
              last: '{{ .tasks.a-2.output }}',
              status: '{{ .tasks.a-2.status }}',
            },
          },
        }),
        seen(),
      ],
      tools,
      output: { first: 'ok', last: null, status: 'pending' },
    },
    {
      should: 'be null for the items that a race left over',
      tasks: [
        item({ strategy: 'race', outputs: ['{{ .tasks.a-0.output }}', '{{ .tasks.a-1.output }}'] }),
      ],
      tools,
      output: ['ok', null],
    },
    {
      should: 'be null for such items with an id of their own',
      tasks: [
        item({
          task: { id: '{{ .item }}', tool: 'judge', with: { v: '{{ .item }}' } },
          strategy: 'race',
          outputs: ['{{ .tasks.ok.output }}', '{{ .tasks.late.output }}'],
        }),
      ],
      tools,
      output: ['ok', null],
    },
    {
      should: 'be null for such items where the run continued as new',
      tasks: [
        item({
          strategy: 'race',
          items: ['bad', 'ok', 'late'],
          task: { id: '{{ .item }}', tool: 'judge', with: { v: '{{ .item }}' } },
          outputs: ['{{ .tasks.ok.output }}', '{{ .tasks.late.output }}'],
        }),
      ],
      tools,
      isLong: () => true,
      output: ['ok', null],
      also: { hops: 1 },
    },
    {
      should: 'be missing for items that are not there',
      tasks: [
        item({
          items: ['ok'],
          outputs: ['{{ .tasks.a-0.output }}', '{{ .tasks.a-1.output | default "none" }}'],
        }),
      ],
      tools,
      output: ['ok', 'none'],
    },
    {
      should: 'be null after a cancellation in a container',
      tasks: [
        {
          id: 'p',
          type: 'parallel',
          strategy: 'fail_fast',
          max_workers: 1,
          tasks: [fail('x'), one('a')],
          on_error: { next: 'q', with: whole },
        },
        seen(),
      ],
      output: never,
    },
  ])

  it('Should not be told in the view of a router or a skipped container', () => {
    const { view } = playCase({
      should: '',
      tasks: [
        { id: 'r', type: 'router', condition: '{{ "x" }}', routes, on_success: { next: 'p' } },
        { id: 'p', ...containers['parallel'], condition: 'false' },
      ],
    })
    expect(Object.keys(view.tasks['r']!.tasks!)).toEqual(['x'])
    expect(view.tasks['p']!.tasks).toBeUndefined()
  })
})

describe('metrics of a container', () => {
  const metric = (fields: JsonObject): JsonObject => ({
    name: 'seen',
    type: 'counter',
    help: 'Seen.',
    on: 'any',
    ...fields,
  })
  const recorded = (task: JsonObject) =>
    playCase({ should: '', tasks: [task], firstEvents }).observations.filter(({ type }) =>
      type.startsWith('custom_metric'),
    )
  const isNull = ['{{ eq .tasks.a.output nil }}', 'tasks.a.output == null']

  it.each(Object.keys(allContainers))('Should see null for children that never ran: %s', (kind) => {
    const metrics = isNull.map((when) => metric({ when }))
    const task = { id: 'p', ...allContainers[kind], with: { v: broken }, metrics }
    expect(recorded(task)).toMatchObject([{ type: 'custom_metric' }, { type: 'custom_metric' }])
  })

  it.each(Object.keys(allContainers))('Should see children that ran: %s', (kind) => {
    const metrics = [
      ...isNull.map((when) => metric({ when })),
      metric({ value: '{{ .tasks.a.output.n }}' }),
    ]
    const task = { id: 'p', ...allContainers[kind], metrics }
    expect(recorded(task)).toMatchObject([{ type: 'custom_metric', value: 1 }])
  })

  it('Should see children where an edge failed', () => {
    const task = {
      id: 'p',
      ...containers['parallel'],
      on_success: { next: 'p', with: { v: broken } },
      metrics: [metric({ value: '{{ .tasks.a.output.n }}' })],
    }
    expect(recorded(task)).toMatchObject([{ type: 'custom_metric', value: 1 }])
  })
})

describe('what a container reads while it runs', () => {
  const outer = { ...one('a', 'outer'), on_success: { next: 'p' } }
  const env = { NAME: '{{ .tasks.a.output.n }}' }
  const envOf = (fields: JsonObject) =>
    playCase({ should: '', tasks: [outer, { id: 'p', env, ...fields }] }).commands.flatMap(
      (command) => (command.type === 'call_tool' ? [command.taskEnv] : []),
    )

  it('Should not be hidden by a child of the same id: env', () => {
    const tasks = [{ id: 'a', tool: 'echo', with: {} }]
    expect(envOf({ type: 'parallel', tasks })).toEqual([{ NAME: 'outer' }])
    expect(envOf({ type: 'composite', tasks })).toEqual([{ NAME: 'outer' }])
  })

  testCases([
    {
      should: 'not be hidden by a processor of the same id: the condition of a wait',
      tasks: [
        outer,
        {
          id: 'p',
          type: 'wait',
          wait_for: 'go',
          timeout: '1s',
          processor: one('a'),
          condition: '{{ and (eq .processor.output.n 1) (eq .tasks.a.output.n "outer") }}',
          outputs: child,
        },
      ],
      firstEvents,
      output: { n: 1 },
    },
  ])
})

describe('a run that an older engine began', () => {
  const skipped: LanguageCase = {
    should: '',
    tasks: [
      {
        id: 'p',
        ...containers['parallel'],
        condition: 'false',
        on_success: { next: 'q', with: { v: child } },
        on_error: { next: 'h' },
      },
      { id: 'q', tool: 'echo', with: {} },
      { id: 'h', tool: 'slow', with: { ms: 1 } },
    ],
  }

  it('Should take the path that its history has', () => {
    expect(playCase({ ...skipped, revision: 5 }).called).toEqual(['h'])
    expect(playCase({ ...skipped, revision: 6 }).called).toEqual(['q'])
  })
})

describe('the task of an item at its end', () => {
  const row = (more: JsonObject): JsonObject => ({
    id: 'row',
    type: 'parallel',
    strategy: 'best_effort',
    tasks: [fail('f'), one('a')],
    ...more,
  })
  const rows = (task: JsonObject): readonly JsonObject[] => [
    { id: 'each', type: 'collection', items: [1, 2], task },
  ]
  const outputs = { failed: '{{ len .tasks.row.errors }}', a: '{{ .tasks.a.output.n }}' }

  testCases([
    {
      should: 'see itself and its children',
      tasks: rows(row({ outputs })),
      output: [1, 2].map(() => ({ failed: 1, a: 1 })),
    },
    {
      should: 'see itself in each of nested collections',
      tasks: rows({
        id: 'steps',
        type: 'composite',
        tasks: [
          {
            id: 'inner',
            type: 'collection',
            items: [3],
            task: { id: 'x', tool: 'echo', with: { n: 3 }, outputs: '{{ .tasks.x.status }}' },
          },
        ],
        outputs: { own: '{{ .tasks.steps.status }}', inner: '{{ .tasks.inner.output }}' },
      }),
      output: [1, 2].map(() => ({ own: 'running', inner: ['running'] })),
    },
    {
      should: 'see its collection by the id that it takes from it',
      tasks: [
        {
          id: 'each',
          type: 'collection',
          items: [1, 2],
          task: { tool: 'echo', with: { n: 1 }, outputs: '{{ .tasks.each.attempts }}' },
        },
      ],
      output: [1, 1],
    },
    {
      should: 'hide a collection of its id that stands around its own',
      tasks: [
        {
          id: 'row',
          type: 'collection',
          items: [1, 2],
          task: {
            ...rows(row({ outputs: '{{ len .tasks.row.errors }}' }))[0],
            id: 'inner',
          },
        },
      ],
      output: [
        [1, 1],
        [1, 1],
      ],
    },
    {
      should: 'hide a task of its id that stands around the collection',
      tasks: [
        { ...one('row'), on_success: { next: 'each' } },
        ...rows(row({ outputs: '{{ len .tasks.row.errors }}' })),
      ],
      output: [1, 1],
    },
  ])

  it('Should not see itself in a run that an older engine began, nor another item', () => {
    const older = playCase({ should: '', tasks: rows(row({ outputs })), revision: 7 })
    expect(older.error).toMatchObject({ type: 'ChildFailed' })
    const others = { n: '{{ (index .tasks (printf "row-%d" 0)).status }}' }
    const run = playCase({ should: '', tasks: rows(row({ outputs: others })) })
    expect(run.error).toMatchObject({ type: 'ChildFailed' })
  })

  it('Should record metrics of what it gave', () => {
    const metrics = [
      {
        name: 'rows',
        type: 'gauge',
        help: 'Rows.',
        value: '{{ add .tasks.row.output.failed (len .tasks.row.errors) }}',
      },
    ]
    const { observations } = playCase({ should: '', tasks: rows(row({ outputs, metrics })) })
    const values = observations.flatMap((each) =>
      each.type === 'custom_metric' ? [each.value] : [],
    )
    expect(values).toEqual([2, 2])
  })
})
