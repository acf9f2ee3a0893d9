import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../core/json.ts'
import { limits } from '../core/limits.ts'
import type { LimitName } from '../core/observation.ts'
import type { TaskError } from '../core/task-error.ts'
import { playCase, type LanguageCase } from './testing/cases.ts'

const large = 'x'.repeat(limits.payloadBytes - 100)
const tooLarge = 'x'.repeat(limits.payloadBytes)
const refusal: TaskError = { type: 'LimitExceeded', message: 'it is too large' }
const tools = {
  large: () => ({ value: large }),
  refuse: () => ({ error: refusal }),
  refuseEnv: () => ({ error: refusal, limit: 'tool_env' }),
  refuseHistory: () => ({ error: refusal, limit: 'history' }),
} as const satisfies LanguageCase['tools']
const with2MB = { with: { v: '{{ .input.v }}' } }
const tooManySteps = '{{ $n := 0 }}{{ range until 60000 }}{{ $n = add $n 1 }}{{ end }}{{ $n }}'
const both = { a: '{{ .tasks.big.output }}', b: '{{ .tasks.big.output }}' }
const big = (next: string): JsonObject => ({ id: 'big', tool: 'large', on_success: { next } })
const send = (task: JsonObject): JsonObject[] => [{ id: 'a', ...task }]

/** Returns the limits that count, in order. */
function counted(testCase: Omit<LanguageCase, 'should'>): LimitName[] {
  const { observations } = playCase({ should: '', input: { v: tooLarge }, tools, ...testCase })
  return observations.flatMap((seen) => (seen.type === 'limit_exceeded' ? [seen.limit] : []))
}

const refused = () => ({ error: refusal })
const sends: readonly (readonly [LimitName, string, Omit<LanguageCase, 'should'>])[] = [
  ['tool_input', 'input of a tool', { tasks: send({ tool: 'echo', ...with2MB }) }],
  ['tool_env', 'environment of a tool', { tasks: send({ tool: 'refuseEnv' }) }],
  ['tool_output', 'output of a tool', { tasks: send({ tool: 'refuse' }) }],
  [
    'history',
    'output that the history has no room for',
    { tasks: send({ tool: 'refuseHistory' }) },
  ],
  [
    'child_input',
    'input of a child',
    { tasks: send({ type: 'workflow', workflow: 'child', ...with2MB }) },
  ],
  [
    'child_input',
    'input of a child with its definition',
    { tasks: send({ type: 'workflow', workflow: 'child' }), answer: refused },
  ],
  [
    'payload',
    'payload of a signal',
    {
      tasks: send({
        type: 'signal',
        exec_id: 'other',
        signal: { id: 'go', payload: '{{ .workflow.input.v }}' },
      }),
    },
  ],
  [
    'payload',
    'payload of an event',
    { tasks: send({ type: 'signal', signal: { id: 'go', payload: '{{ .workflow.input.v }}' } }) },
  ],
  [
    'payload',
    'payload of an event with what it starts',
    { tasks: send({ type: 'signal', signal: { id: 'go' } }), answer: refused },
  ],
  [
    'kept_signals',
    'signal to a run that keeps too many',
    { tasks: send({ type: 'signal', exec_id: 'other', signal: { id: 'go' } }), answer: refused },
  ],
  [
    'template',
    'steps of a template',
    { tasks: send({ type: 'aggregate', outputs: tooManySteps }) },
  ],
]

describe('what exceeds a limit', () => {
  it.each(sends)('Should count as %s: %s', (limit, _, testCase) => {
    expect(counted(testCase)).toEqual([limit])
    const { observations } = playCase({ should: '', input: { v: tooLarge }, tools, ...testCase })
    expect(observations).toContainEqual(
      expect.objectContaining({ type: 'task_ended', outcome: 'failed' }),
    )
  })

  it.each(sends)('Should count once as %s when on_error handles it: %s', (limit, _, testCase) => {
    const [task] = testCase.tasks
    const handler = { id: 'mend', type: 'aggregate', outputs: 1 }
    const handled = { ...testCase, tasks: [{ ...task, on_error: { next: 'mend' } }, handler] }
    expect(playCase({ should: '', input: { v: tooLarge }, tools, ...handled }).output).toBe(1)
    expect(counted(handled)).toEqual([limit])
  })

  it('Should count an edge that takes too many steps', () => {
    const on_success = { next: 'b', with: { n: tooManySteps } }
    const tasks = [
      { id: 'a', tool: 'echo', on_success },
      { id: 'b', tool: 'echo' },
    ]
    expect(counted({ tasks, input: {} })).toEqual(['template'])
  })

  it('Should count the result of a run', () => {
    const sum = { id: 'sum', type: 'aggregate', outputs: both }
    expect(counted({ tasks: [big('sum'), sum] })).toEqual(['result'])
    const outputs = { n: tooManySteps }
    expect(counted({ tasks: [{ id: 'a', tool: 'echo' }], workflow: { outputs } })).toEqual([
      'template',
    ])
  })

  it('Should count tasks that never end, of a run and of a composite', () => {
    const loop = { id: 'loop', type: 'aggregate', outputs: 1, on_success: { next: 'loop' } }
    expect(counted({ tasks: [loop], workflow: { config: { max_tasks: 5 } } })).toEqual(['tasks'])
    expect(counted({ tasks: [{ id: 'c', type: 'composite', tasks: [loop] }] })).toEqual(['tasks'])
  })

  it('Should count what a run carries when its history is full, and not while it goes on', () => {
    const sum = { id: 'sum', type: 'aggregate', outputs: both, on_success: { next: 'c' } }
    const tasks = [big('sum'), sum, { id: 'c', tool: 'slow', with: { ms: 5 } }]
    const outputs = { n: 1 }
    const world = { tasks, workflow: { outputs }, input: {} }
    expect(counted({ ...world, isLong: (step) => (step > 2 ? 'full' : 'short') })).toEqual([])
    const more = [...tasks.slice(0, 2), { ...tasks[2], on_success: { next: 'd' } }]
    const after = { id: 'd', tool: 'slow', with: { ms: 5 } }
    const longer = { ...world, tasks: [...more, after] }
    expect(counted({ ...longer, isLong: (step) => (step > 2 ? 'full' : 'short') })).toEqual([
      'carried_state',
    ])
    expect(counted({ ...longer, isLong: (step) => (step > 2 ? 'long' : 'short') })).toEqual([])
  })
})

describe('the count of what exceeds a limit', () => {
  const refuse = { tool: 'refuse' }

  it('Should grow for each item of a collection, and not for the collection', () => {
    const each = { id: 'each', type: 'collection', items: [1, 2, 3], task: refuse }
    const tolerant = { ...each, strategy: 'best_effort' }
    expect(counted({ tasks: [tolerant] })).toEqual(['tool_output', 'tool_output', 'tool_output'])
  })

  it('Should grow once for a task inside of containers', () => {
    const inner = { id: 'p', type: 'parallel', tasks: [{ id: 'a', ...refuse }] }
    expect(counted({ tasks: [{ id: 'c', type: 'composite', tasks: [inner] }] })).toEqual([
      'tool_output',
    ])
  })

  it('Should grow for each round of a loop', () => {
    let rounds = 0
    const tasks = [
      { id: 'a', ...refuse, on_error: { next: 'again' } },
      { id: 'again', tool: 'count', on_success: { next: 'route' } },
      {
        id: 'route',
        type: 'router',
        condition: 'tasks.again.output < 3 ? "a" : "end"',
        routes: { a: 'a', end: 'end' },
      },
      { id: 'end', type: 'aggregate', outputs: 1 },
    ]
    const count = () => ({ value: ++rounds })
    expect(counted({ tasks, tools: { ...tools, count } })).toEqual([
      'tool_output',
      'tool_output',
      'tool_output',
    ])
  })

  it('Should grow once for a task that tried again, in a run that an older engine began', () => {
    const tasks = [{ id: 'a', ...refuse, retries: 2 }]
    expect(playCase({ should: '', tools, tasks, revision: 1 }).called).toHaveLength(3)
    expect(counted({ tasks, revision: 1 })).toEqual(['tool_output'])
  })

  it('Should be the same when the run continues as new wherever it can', () => {
    const each = { id: 'each', type: 'collection', items: [1, 2, 3], strategy: 'best_effort' }
    const tasks = [
      { ...each, task: refuse, max_workers: 1, on_success: { next: 'b' } },
      { id: 'b', tool: 'echo' },
    ]
    const { hops } = playCase({ should: '', tools, tasks, isLong: () => true })
    expect(hops).toBeGreaterThan(1)
    expect(counted({ tasks, input: {}, isLong: () => true })).toEqual(counted({ tasks, input: {} }))
  })

  it.each([
    ['a tool', { tool: 'fail', with: {} }],
    ['a template', { tool: 'echo', with: { v: '{{ .input.missing.deeper }}' } }],
    [
      'a time limit',
      {
        type: 'composite',
        timeout: '10ms',
        tasks: [{ id: 'b', tool: 'slow', with: { ms: 50 } }],
      },
    ],
    ['a wait', { type: 'wait', wait_for: 'x', timeout: '1s' }],
    ['a route', { type: 'router', condition: '"x"', routes: { y: 'a' } }],
  ] as const)('Should not grow for a task that fails otherwise: %s', (_, task) => {
    const { type } = playCase({ should: '', tools, tasks: send(task) })
    expect(type).toBe('fail')
    expect(counted({ tasks: send(task), input: {} })).toEqual([])
  })

  it('Should not grow for a child run that failed so: it counted there', () => {
    const error: TaskError = { type: 'ChildFailed', message: 'x', cause: { ...refusal } }
    const tasks = send({ type: 'workflow', workflow: 'child' })
    expect(counted({ tasks, input: {}, answer: () => ({ error }) })).toEqual([])
  })

  it('Should not grow where the other side counts it', () => {
    const answer = () => ({ error: refusal, limit: 'counted' as LimitName })
    const tasks = send({ type: 'workflow', workflow: 'child' })
    expect(counted({ tasks, input: {}, answer })).toEqual([])
    expect(counted({ tasks, input: {}, answer: refused })).toEqual(['child_input'])
  })
})

describe('the error of what exceeds a limit', () => {
  it('Should have the place of the task where a worker found it, and no other error', () => {
    const { error } = playCase({ should: '', tools, tasks: send({ tool: 'refuse' }) })
    expect(error?.message).toBe('test.yaml:1:1: it is too large')
    const failed = playCase({ should: '', tasks: send({ tool: 'fail', with: {} }) })
    expect(failed.error?.message).toBe('it broke')
  })

  it.each([
    ['of the run', { env: { A: tooLarge.slice(0, 200_000) } }, {}],
    ['of the task', {}, { env: { A: tooLarge.slice(0, 200_000) } }],
  ])(
    'Should name the input and the environment %s where both are too large together',
    (_, run, task) => {
      const half = 'x'.repeat(limits.payloadBytes - 100_000)
      const tasks = send({ tool: 'echo', with: { v: '{{ .workflow.input.v }}' }, ...task })
      const { error } = playCase({ should: '', input: { v: half }, tasks, ...run })
      expect(error?.message).toMatch(/^test\.yaml:1:1: input and env of tool "echo" is 2,100,0/)
      const without = send({ tool: 'echo', with: { v: '{{ .workflow.input.v }}' } })
      expect(playCase({ should: '', input: { v: half }, tasks: without }).called).toEqual(['a'])
    },
  )

  it('Should not be looked for in a run that an older engine began', () => {
    const tasks = send({ tool: 'echo', ...with2MB, final: true })
    const { called } = playCase({ should: '', input: { v: tooLarge }, tasks, revision: 1 })
    expect(called).toEqual(['a'])
    expect(playCase({ should: '', input: { v: tooLarge }, tasks, revision: 2 }).called).toEqual([])
  })
})
