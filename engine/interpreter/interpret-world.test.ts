import { describe, expect, it } from 'vitest'
import { defined } from '../core/defined.ts'
import type { JsonObject, JsonValue } from '../core/json.ts'
import type { Command, InterpreterRevision, Run } from '../definition/run-protocol.ts'
import { createRun } from './interpret.ts'
import { playCase, testCases } from './testing/cases.ts'
import { compileTest } from './testing/compile.ts'
import { signal } from './testing/play.ts'

const wait = (rest: JsonObject = {}): JsonObject => ({
  id: 'w',
  type: 'wait',
  wait_for: 'go',
  timeout: '10s',
  ...rest,
})
const at = (ms: number, payload: JsonValue, id = 'go') => ({ at: ms, event: signal(id, payload) })

describe('wait', () => {
  testCases([
    {
      should: "give the signal's payload",
      tasks: [wait()],
      events: [at(5, { ok: 1 })],
      output: { ok: 1 },
      also: { took: 5 },
    },
    {
      should: 'name the signal by a template',
      tasks: [wait({ wait_for: 'go-{{ .workflow.input.n }}' })],
      input: { n: 1 },
      events: [at(5, 1, 'go-1')],
      output: 1,
    },
    {
      should: 'take signals that came before it, oldest first, each once',
      tasks: [
        { id: 's', tool: 'slow', with: { ms: 50 }, on_success: { next: 'w' } },
        wait({ on_success: { next: 'w2', with: { first: '{{ .output }}' } } }),
        wait({ id: 'w2', outputs: { first: '{{ .input.first }}', second: '{{ .output }}' } }),
      ],
      events: [at(1, 'a'), at(2, 'b'), at(3, 'z', 'other')],
      output: { first: 'a', second: 'b' },
      also: { took: 50, view: { pending_signals: 1 } },
    },
    {
      should: 'fail with WaitTimeout when nothing comes',
      tasks: [wait()],
      error: { type: 'WaitTimeout', task: 'w', message: 'no signal "go" was accepted within 10s' },
      also: { took: 10_000, view: { tasks: { w: { status: 'failed' } } } },
    },
    {
      should: 'not take a signal of another name',
      tasks: [wait()],
      events: [at(5, 1, 'goo')],
      error: { type: 'WaitTimeout' },
    },
    {
      should: 'go to on_timeout with the status timed_out',
      tasks: [
        wait({ on_timeout: 'late', outputs: { x: '{{ .output.x }}' } }),
        {
          id: 'late',
          tool: 'echo',
          with: { status: '{{ .tasks.w.status }}', out: '{{ kindOf .tasks.w.output }}' },
        },
      ],
      output: { status: 'timed_out', out: 'invalid' },
      also: { view: { tasks: { w: { status: 'timed_out' } } } },
    },
    {
      should: 'use up signals for which its condition is false',
      tasks: [
        wait({ condition: 'signal.payload.ok == true', on_success: { next: 'w2' } }),
        wait({ id: 'w2', on_timeout: 'end' }),
        { id: 'end', tool: 'echo' },
      ],
      events: [at(1, { ok: false }), at(2, { ok: true })],
      output: {},
      also: {
        view: {
          tasks: { w: { output: { ok: true } }, w2: { status: 'timed_out' } },
          pending_signals: 0,
        },
      },
    },
    {
      should: 'fail where its condition can’t be evaluated',
      tasks: [wait({ condition: '{{ .signal.payload.gone }}' })],
      events: [at(1, {})],
      error: { type: 'TemplateError', task: 'w' },
    },
    {
      should: 'run the processor for the accepted signal',
      tasks: [
        wait({
          condition: '{{ .signal.payload.ok }}',
          processor: { tool: 'echo', with: { got: '{{ .signal.payload.n }}' } },
          outputs: {
            payload: '{{ .output.n }}',
            processed: '{{ .processor.output.got }}',
            of: '{{ .signal.id }}',
            at: '{{ .signal.received_at }}',
          },
        }),
      ],
      events: [at(1, { ok: false }), at(2, { ok: true, n: 5 })],
      output: { payload: 5, processed: 5, of: 'go', at: '2026-01-31T10:00:00.000Z' },
      also: { called: ['w/w-processor'] },
    },
    {
      should: 'show the item of a collection to what is inside its processor',
      tasks: [
        {
          id: 'each',
          type: 'collection',
          items: ['x'],
          task: wait({
            processor: {
              type: 'composite',
              tasks: [{ id: 't', tool: 'echo', with: { i: '{{ .parent.item }}' } }],
            },
            outputs: '{{ .processor.output.t.i }}',
          }),
        },
      ],
      events: [at(1, 1)],
      output: ['x'],
    },
    {
      should: 'judge a condition that names the processor after it',
      tasks: [
        wait({
          condition: 'processor.output.got > 3',
          processor: { id: 'p', tool: 'echo', with: { got: '{{ .signal.payload }}' } },
        }),
      ],
      events: [at(1, 2), at(2, 5)],
      output: 5,
      also: { called: ['w/p', 'w/p'] },
    },
    {
      should: 'judge a template that names the processor after it too',
      tasks: [
        wait({
          condition: '{{ gt .processor.output.got 3 }}',
          processor: { id: 'p', tool: 'echo', with: { got: '{{ .signal.payload }}' } },
        }),
      ],
      events: [at(1, 2), at(2, 5)],
      output: 5,
      also: { called: ['w/p', 'w/p'] },
    },
    {
      should: 'judge a condition before the processor where it only reads a key of that name',
      tasks: [
        wait({
          condition: 'signal.payload.processor == "b"',
          processor: { id: 'p', tool: 'echo' },
        }),
      ],
      events: [at(1, { processor: 'a' }), at(2, { processor: 'b' })],
      output: { processor: 'b' },
      also: { called: ['w/p'] },
    },
    {
      should: 'show its processor the input of the wait',
      tasks: [
        wait({
          with: { k: 3 },
          processor: { tool: 'echo', with: { k: '{{ .input.k }}' } },
          outputs: '{{ .processor.output.k }}',
        }),
      ],
      events: [at(1, null)],
      output: 3,
    },
    {
      should: 'hand over to its next what the processor gave',
      tasks: [
        wait({
          processor: { tool: 'echo', with: { n: '{{ .signal.payload }}' } },
          on_success: {
            next: 'b',
            with: { n: '{{ .processor.output.n }}', of: '{{ .signal.id }}' },
          },
        }),
        { id: 'b', tool: 'echo' },
      ],
      events: [at(1, 7)],
      output: { n: 7, of: 'go' },
    },
    {
      should: 'take a name of 200 characters',
      tasks: [wait({ wait_for: '{{ repeat 200 "x" }}' })],
      events: [at(1, 'ok', 'x'.repeat(200))],
      output: 'ok',
    },
    {
      should: 'refuse a longer name, and an empty one',
      tasks: [
        wait({ wait_for: '{{ repeat 201 "x" }}', on_error: { next: 'b' } }),
        { id: 'b', type: 'signal', signal: { id: '{{ .workflow.input.name }}' } },
      ],
      input: { name: '' },
      error: {
        type: 'TemplateError',
        task: 'b',
        message:
          'test.yaml:1:1: the name of a signal must be a name of 1 to 200 characters that does not' +
          ' begin with "__temporal_", not an empty text' +
          ' (while handling the failure of task "w": TemplateError: test.yaml:1:1:' +
          ' the name of a signal must be a name of 1 to 200 characters that does not' +
          ' begin with "__temporal_", not one of 201 characters)',
      },
      also: { view: { tasks: { w: { status: 'failed', error: { type: 'TemplateError' } } } } },
    },
    {
      should: 'refuse a name that Temporal keeps for itself',
      tasks: [{ id: 'b', type: 'signal', signal: { id: '{{ .workflow.input.name }}' } }],
      input: { name: '__temporal_x' },
      error: {
        type: 'TemplateError',
        task: 'b',
        message: expect.stringContaining('begin with "__temporal_", not "__temporal_x"'),
      },
    },
    {
      should: 'take a name that is nearly one of those',
      tasks: [wait({ wait_for: '{{ lower "__STACK_TRACE" }}' })],
      events: [at(1, 'ok', '__stack_trace')],
      output: 'ok',
    },
    {
      should: 'fail with the error of its processor',
      tasks: [wait({ processor: { tool: 'fail' } })],
      events: [at(1, 2)],
      error: { type: 'ToolError:Boom', task: 'w-processor' },
    },
    {
      should: 'stop the processor at its timeout',
      tasks: [wait({ processor: { tool: 'slow', with: { ms: 60_000 } } })],
      events: [at(1, 2)],
      error: { type: 'WaitTimeout' },
      also: { killed: ['w/w-processor'], took: 10_000 },
    },
    {
      should: 'serve the wait that started first',
      tasks: [{ id: 'p', type: 'parallel', tasks: [wait({ id: 'a' }), wait({ id: 'b' })] }],
      events: [at(1, 'one'), at(2, 'two')],
      output: { a: 'one', b: 'two' },
    },
    {
      should: 'keep the place of a wait whose condition was false',
      tasks: [
        {
          id: 'p',
          type: 'parallel',
          tasks: [wait({ id: 'a', condition: 'signal.payload != 1' }), wait({ id: 'b' })],
        },
      ],
      events: [at(1, 1), at(2, 2), at(3, 3)],
      output: { a: 2, b: 3 },
    },
  ])

  it.each([
    ['running', { w: 1, a: 2 }],
    ['pending', undefined],
  ])('Should see a task that runs beside it: is it %s?', (status, output) => {
    const played = playCase({
      should: '',
      tasks: [
        {
          id: 'both',
          type: 'parallel',
          tasks: [
            { id: 'a', tool: 'slow', with: { ms: 100, value: 2 } },
            wait({ condition: `tasks.a.status == "${status}"`, outputs: '{{ .output }}' }),
          ],
        },
      ],
      events: [at(1, 1)],
    })
    expect(played.output).toEqual(output)
    expect(played.took).toBe(output === undefined ? 10_000 : 100)
  })

  it('Should be seen to wait while it waits, and only then', () => {
    const start = {
      definition: compileTest({ tasks: [wait()] }),
      sha256: '',
      input: {},
      trigger: { type: 'api' },
    } as const
    const run = createRun(start, { execId: 'run-1', startedAt: 0, uuid: () => '', revision: 2 })
    expect(run.view()).toMatchObject({ waiting_for: [], tasks: { w: { status: 'pending' } } })
    run.step([{ type: 'started' }, signal('other')], 0, 'short')
    expect(run.view()).toMatchObject({
      waiting_for: ['go'],
      pending_signals: 1,
      tasks: { w: { status: 'running' } },
    })
    run.step([signal('go')], 0, 'short')
    expect(run.view()).toMatchObject({
      waiting_for: [],
      pending_signals: 1,
      tasks: { w: { status: 'completed' } },
    })
  })
})

describe('the end of a run', () => {
  const started = (): Run => {
    const definition = compileTest({ tasks: [{ id: 'a', tool: 'echo' }] })
    const start = { definition, sha256: '', input: {}, trigger: { type: 'api' } } as const
    const run = createRun(start, { execId: 'run-1', startedAt: 0, uuid: () => '', revision: 5 })
    run.step([{ type: 'started' }], 0, 'short')
    return run
  }
  const typesOf = (commands: readonly Command[]) =>
    commands.flatMap(({ type }) => (type === 'observe' ? [] : type))

  it('Should be its result where it is canceled in the step that gave it', () => {
    const answered = { type: 'resolved', seq: 1, value: 7 } as const
    const cancel = { type: 'cancel_requested' } as const
    expect(typesOf(started().step([answered, cancel], 1, 'short'))).toEqual(['complete'])
    expect(typesOf(started().step([cancel, answered], 1, 'short'))).toEqual(['cancel', 'canceled'])
  })

  it('Should be told once, whatever comes later', () => {
    const run = started()
    expect(typesOf(run.step([{ type: 'cancel_requested' }], 1, 'short')).at(-1)).toBe('canceled')
    expect(run.step([{ type: 'cancel_requested' }, signal('late')], 2, 'short')).toEqual([])
  })
})

describe('signal', () => {
  const send = (rest: JsonObject = {}): JsonObject => ({
    id: 's',
    type: 'signal',
    signal: { id: 'hi', payload: { n: '{{ .input.n }}' } },
    with: { n: 1 },
    ...rest,
  })

  testCases([
    {
      should: 'say which runs an event started',
      tasks: [send()],
      answer: () => ({ value: { exec_ids: ['x', 'y'] } }),
      output: { delivered: 2, exec_ids: ['x', 'y'] },
    },
    {
      should: 'complete where nobody listens',
      tasks: [send()],
      answer: () => ({ value: { exec_ids: [] } }),
      output: { delivered: 0, exec_ids: [] },
    },
    {
      should: 'deliver to one run',
      tasks: [send({ exec_id: 'run-{{ .input.n }}' })],
      output: { delivered: 1, exec_ids: ['run-1'] },
    },
    ...[
      ['{{ "" }}', 'an empty text'],
      ['{{ index (list nil) 0 }}', 'null'],
      ['{{ repeat 1001 "x" }}', '1,001 bytes'],
    ].map(([exec_id = '', given]) => ({
      should: `let on_error take an exec_id that no run has: ${exec_id}`,
      tasks: [
        send({ exec_id, retries: 1, on_error: { next: 'h' } }),
        { id: 'h', type: 'aggregate', outputs: '{{ .error.type }}: {{ .error.message }}' },
      ],
      output:
        'TemplateError: test.yaml:1:1: exec_id must give the id of a run, ' +
        `at most 1,000 bytes, not ${given}`,
    })),
    {
      should: 'send to the longest exec_id that a run may have',
      tasks: [send({ exec_id: '{{ repeat 1000 "x" }}' })],
      output: { delivered: 1, exec_ids: ['x'.repeat(1_000)] },
    },
    {
      should: 'fail where the run is not there, and try again by its policy',
      tasks: [send({ exec_id: 'gone', retries: 1 })],
      answer: () => ({ error: { type: 'SignalNotDelivered', message: 'no such run' } }),
      error: { type: 'SignalNotDelivered', task: 's', attempts: 2 },
    },
  ])

  it('Should send name and payload', () => {
    const answer = () => ({ value: { exec_ids: [] } })
    const sent = (rest: JsonObject) =>
      playCase({ should: '', tasks: [send(rest)], answer }).commands[0]
    expect(sent({})).toEqual({
      type: 'publish_event',
      seq: 1,
      name: 'hi',
      payload: { n: 1 },
      idempotencyKey: 'run-1/s',
    })
    expect(sent({ exec_id: 'other' })).toEqual({
      type: 'signal_run',
      seq: 1,
      execId: 'other',
      name: 'hi',
      payload: { n: 1 },
    })
  })
})

describe('workflow', () => {
  const child = (rest: JsonObject = {}): JsonObject => ({
    id: 'k',
    type: 'workflow',
    workflow: 'child',
    with: { n: 1 },
    ...rest,
  })

  testCases([
    {
      should: "give the child's id and output",
      tasks: [child()],
      answer: () => ({ value: { exec_id: 'run-1.k', output: 7 } }),
      output: { exec_id: 'run-1.k', output: 7 },
    },
    {
      should: 'go on once the child has started with wait: false',
      tasks: [child({ wait: false })],
      answer: () => ({ value: { exec_id: 'run-1.k', output: null } }),
      output: { exec_id: 'run-1.k', output: null },
    },
    {
      should: 'start another child for another attempt',
      tasks: [child({ retries: 1 })],
      answer: (command) =>
        command.type === 'start_child' && command.execId === 'run-1.k'
          ? { error: { type: 'ChildFailed', message: 'it failed' } }
          : { value: { exec_id: 'run-1.k~1~2', output: 7 } },
      output: { exec_id: 'run-1.k~1~2', output: 7 },
      also: { took: 1_000 },
    },
    {
      should: "fail with the child's failure",
      tasks: [child()],
      answer: () => ({
        error: { type: 'ChildFailed', message: 'it failed', cause: { type: 'NoRoute' } },
      }),
      error: { type: 'ChildFailed', task: 'k', cause: { type: 'NoRoute' } },
    },
  ])

  it('Should name each child run after its parent, task and attempt', () => {
    const { commands } = playCase({
      should: '',
      tasks: [
        {
          id: 'p',
          type: 'parallel',
          tasks: [child({ retries: 1 }), child({ id: 'l', wait: false })],
        },
      ],
      answer: (command) =>
        command.type === 'start_child' && command.wait
          ? { error: { type: 'ChildFailed', message: 'no' } }
          : { value: null },
    })
    const started = commands.filter((command) => command.type === 'start_child')
    expect(started.map(({ execId, wait: waits, input }) => [execId, waits, input])).toEqual([
      ['run-1.p.k', true, { n: 1 }],
      ['run-1.p.l', false, { n: 1 }],
      ['run-1.p.k~1~2', true, { n: 1 }],
    ])
  })

  /** The exec_ids of the children; `failing` fails once. */
  const idsOf = (failing: string, tasks: readonly JsonObject[], revision?: InterpreterRevision) => {
    const { commands } = playCase({
      should: '',
      tasks,
      answer: (command) =>
        command.type === 'start_child' && command.execId === `run-1.${failing}`
          ? { error: { type: 'ChildFailed', message: 'no' } }
          : { value: { exec_id: 'x', output: null } },
      ...defined({ revision }),
    })
    return commands.flatMap((each) =>
      each.type === 'start_child' ? [each.execId.slice('run-1.'.length)] : [],
    )
  }
  const each = (items: readonly string[]): JsonObject => ({
    id: 'each',
    type: 'collection',
    items: [...items],
    task: child({ id: '{{ .item }}', retries: 1 }),
  })
  const pair: JsonObject = {
    id: 'p',
    type: 'parallel',
    tasks: [child({ id: 'a', retries: 1 }), child({ id: 'a-2' })],
  }

  it.each<[string, string, JsonObject, readonly string[]]>([
    [
      'an item whose id ends in a number',
      'each.sku-1',
      each(['sku-1', 'sku-1-2']),
      ['each.sku-1', 'each.sku-1-2', 'each.sku-1~1~2'],
    ],
    [
      'an item that got its index',
      'each.a',
      each(['a', 'b', 'a']),
      ['each.a', 'each.b', 'each.a-2', 'each.a~1~2'],
    ],
    ['a sibling', 'p.a', pair, ['p.a', 'p.a-2', 'p.a~1~2']],
  ])('Should give another attempt no exec_id of %s', (_, failing, task, ids) => {
    expect(idsOf(failing, [task])).toEqual(ids)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('Should tell the attempts of the rounds of a loop apart', () => {
    const again = { id: 'again', type: 'router', condition: '{{ .tasks.k.attempts }}' }
    const tasks = [
      child({ retries: 1, on_success: { next: 'again' } }),
      { ...again, routes: { '1': 'k', '2': 'end' } },
      { id: 'end', type: 'aggregate', outputs: {} },
    ]
    expect(idsOf('k~2', tasks)).toEqual(['k', 'k~2', 'k~2~2'])
    expect(idsOf('k', tasks)).toEqual(['k', 'k~1~2'])
  })

  it('Should keep the exec_ids of a run that an older engine began', () => {
    expect(idsOf('p.a', [pair], 5)).toEqual(['p.a', 'p.a-2', 'p.a-2'])
    expect(idsOf('p.a', [pair], 6)).toEqual(['p.a', 'p.a-2', 'p.a~1~2'])
  })

  it.each([
    ['of 200 characters its name', 198, `${'x'.repeat(198)}.k`],
    [
      'whose name would be longer one of its own',
      199,
      'child-00000000-0000-4000-8000-000000000001',
    ],
  ])('Should give a child %s', (_, length, execId) => {
    const { commands } = playCase({
      should: '',
      tasks: [child()],
      execId: 'x'.repeat(length),
      answer: () => ({ value: null }),
    })
    expect(commands[0]).toMatchObject({ execId })
  })
})

describe('pause', () => {
  const pause = (rest: JsonObject): JsonObject => ({ id: 'p', type: 'pause', ...rest })
  testCases([
    {
      should: 'pause for a duration',
      tasks: [pause({ duration: '90s' })],
      output: null,
      also: { took: 90_000 },
    },
    {
      should: 'pause until a time',
      tasks: [pause({ until: '2026-01-31T12:00:03+02:00' })],
      also: { took: 3_000, type: 'complete' },
    },
    {
      should: 'not pause until a time that is past',
      tasks: [pause({ until: '{{ .workflow.input.t }}' })],
      input: { t: '2020-01-01T00:00:00Z' },
      also: { took: 0, type: 'complete' },
    },
    {
      should: 'refuse what is no time',
      tasks: [pause({ until: '{{ .workflow.input.t }}' })],
      input: { t: 'tomorrow' },
      error: { type: 'TemplateError', task: 'p' },
    },
  ])
})

describe('canceling a run', () => {
  const cancelAt = (ms: number) => ({ at: ms, event: { type: 'cancel_requested' } as const })
  testCases([
    {
      should: 'stop its tools and run no on_error',
      tasks: [
        {
          id: 'p',
          type: 'parallel',
          tasks: [
            { id: 'a', tool: 'slow', with: { ms: 50 } },
            { id: 'b', tool: 'slow', with: { ms: 1 } },
          ],
          on_error: { next: 'h' },
        },
        { id: 'h', tool: 'echo' },
      ],
      events: [cancelAt(5)],
      also: {
        type: 'canceled',
        called: ['p/a', 'p/b'],
        killed: ['p/a'],
        view: {
          tasks: {
            p: {
              status: 'canceled',
              tasks: { a: { status: 'canceled' }, b: { status: 'completed' } },
            },
            h: { status: 'pending' },
          },
        },
      },
    },
    {
      should: 'end a wait',
      tasks: [wait()],
      events: [cancelAt(5)],
      also: { type: 'canceled', took: 5, view: { waiting_for: [] } },
    },
    {
      should: 'end a sleep between tasks',
      tasks: [
        { id: 'a', tool: 'echo', sleep: '1h', on_success: { next: 'b' } },
        { id: 'b', tool: 'echo' },
      ],
      events: [cancelAt(5)],
      also: { type: 'canceled', called: ['a'], view: { tasks: { a: { status: 'completed' } } } },
    },
    {
      should: 'come too late for a run that ended',
      tasks: [{ id: 'a', tool: 'slow', with: { ms: 1, value: 1 } }],
      events: [cancelAt(5)],
      output: 1,
    },
  ])
})
