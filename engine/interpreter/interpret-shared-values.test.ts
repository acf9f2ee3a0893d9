import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../core/json.ts'
import { playCase, testCases } from './testing/cases.ts'
import type { PlayedRun } from './testing/play.ts'

/** Doubles an output `rounds` times: few objects in memory, and 2^rounds values as JSON. */
const grow = (rounds: number, next: string): readonly JsonObject[] => [
  {
    id: 'grow',
    type: 'aggregate',
    outputs: {
      n: '{{ add 1 (default 0 .tasks.grow.output.n) }}',
      a: '{{ .tasks.grow.output }}',
      b: '{{ .tasks.grow.output }}',
    },
    on_success: { next: 'more' },
  },
  {
    id: 'more',
    type: 'router',
    condition: `{{ lt .tasks.grow.output.n ${rounds} }}`,
    routes: { true: 'grow' },
    default: next,
  },
]
const output = '{{ .tasks.grow.output }}'
const mend: JsonObject = { id: 'mend', tool: 'echo', with: '{{ .error.cause }}' }
const handled = { on_error: { next: 'mend' } }

/** Grows the output, then does one thing with it. */
const played = (rounds: number, task: JsonObject): PlayedRun =>
  playCase({
    should: '',
    tasks: [...grow(rounds, 'use'), { id: 'use', ...task }, ...('on_error' in task ? [mend] : [])],
  })

/** What the output of so many rounds has as JSON. */
function bytesOf(rounds: number): number {
  let bytes = 'null'.length
  for (let n = 1; n <= rounds; n++) bytes = `{"n":${n},"a":,"b":}`.length + 2 * bytes
  return bytes
}

describe('an output that shares its parts', () => {
  testCases([
    {
      should: 'fail the run whose result it is, with its size',
      tasks: [...grow(30, 'last'), { id: 'last', type: 'aggregate', outputs: output }],
      error: { type: 'LimitExceeded', cause: { thing: "the run's result", bytes: bytesOf(30) } },
    },
    {
      should: 'fail the run whose outputs hold it, with their size',
      tasks: [...grow(30, 'last'), { id: 'last', tool: 'echo' }],
      workflow: { outputs: { o: output } },
      error: { type: 'LimitExceeded', cause: { bytes: bytesOf(30) + '{"o":}'.length } },
    },
    {
      should: 'be the result while it is small',
      tasks: [...grow(2, 'last'), { id: 'last', type: 'aggregate', outputs: { o: output } }],
      output: { o: { n: 2, a: { n: 1, a: null, b: null }, b: { n: 1, a: null, b: null } } },
    },
  ])

  it.each<[string, JsonObject]>([
    ['input of tool "echo"', { tool: 'echo', with: { o: output } }],
    ['input of workflow "child"', { type: 'workflow', workflow: 'child', with: output }],
    ['payload of event "go"', { type: 'signal', signal: { id: 'go', payload: output } }],
    [
      'payload of signal "go"',
      { type: 'signal', exec_id: 'x', signal: { id: 'go', payload: output } },
    ],
  ])('Should be refused with thing, size, limit and place as %s', (thing, task) => {
    for (const rounds of [26, 30])
      expect(played(rounds, { ...task, ...handled })).toMatchObject({
        type: 'complete',
        output: { thing, bytes: expect.any(Number), limit: 2_000_000, place: 'test.yaml:1:1' },
      })
  })

  const wait: JsonObject = { type: 'wait', wait_for: 'go', timeout: '1h' }
  const shown = (rounds: number) => {
    const { view } = playCase({
      should: '',
      tasks: [...grow(rounds, 'use'), { id: 'use', ...wait, on_timeout: 'use' }],
      workflow: { config: { max_tasks: 2 * rounds + 1 } },
    })
    return view.tasks['grow']!
  }

  it('Should be shown by its size and its start in the view of a run', () => {
    expect(shown(30)).toMatchObject({
      output_bytes: bytesOf(30),
      output_start: expect.stringMatching(/^\{"n":30,"a":\{"n":29,.{180}$/) as string,
    })
    expect(shown(30)).not.toHaveProperty('output')
    expect(shown(2)).toMatchObject({ output: { n: 2, a: { n: 1 } } })
  })

  it('Should be shown by its size where it nests deeper than JSON may', () => {
    expect(shown(210).output_bytes).toBe(Number.MAX_SAFE_INTEGER)
  })

  it.each<[string, JsonObject, JsonObject]>([
    ['the value of a router', { type: 'router', condition: output, routes: {} }, {}],
    ['the time until which a run pauses', { type: 'pause', until: output }, {}],
    ['the name of a signal', { ...wait, wait_for: output }, {}],
    ['the exec_id of a run', { type: 'signal', exec_id: output, signal: { id: 'go' } }, {}],
    [
      'a variable of a tool',
      { tool: 'echo', env: { V: output } },
      { cause: { thing: 'input and env of tool "echo"', limit: 2_000_000 } },
    ],
  ])('Should fail a task in time as %s', (_, task, error) => {
    const { error: failure } = played(30, { ...task, id: 'use' })
    expect(failure).toMatchObject({ ...error, message: expect.stringMatching(/^.{1,16384}$/s) })
    expect(failure!.type).toMatch(/^(NoRoute|TemplateError|LimitExceeded)$/)
  })

  it('Should name the item of a collection by its start', () => {
    const each = { id: output, tool: 'echo', with: { n: 1 } }
    const { output: outputs, called } = played(30, { type: 'collection', items: [1], task: each })
    expect(outputs).toEqual([{ n: 1 }])
    expect(called).toEqual([expect.stringMatching(/^use\/n-30-a-n-29-/)])
  })

  it('Should let a run that carries it go on until its history is full', () => {
    const isLong = (step: number) => (step > 1 ? ('full' as const) : 'short')
    const later = { tool: 'slow', with: { ms: 1 }, on_success: { next: 'end' } }
    const carried = (rounds: number) =>
      playCase({
        should: '',
        tasks: [...grow(rounds, 'use'), { id: 'use', ...later }, { id: 'end', tool: 'echo' }],
        isLong,
      })
    expect(carried(30).error).toMatchObject({
      type: 'LimitExceeded',
      task: 'grow',
      message: expect.stringContaining('most of it of task "grow"') as string,
    })
    expect(carried(3)).toMatchObject({ type: 'complete', hops: 1 })
  })

  it('Should be any other value of the label of a metric', () => {
    const labels = { size: { value: '{{ .output }}', allowed: ['small'] } }
    const metrics = [{ name: 'grown', type: 'counter', help: 'Grown.', labels }]
    const observed = (value: string) =>
      played(30, { type: 'aggregate', outputs: value, metrics }).observations.find(
        ({ type }) => type === 'custom_metric',
      )
    expect(observed(output)).toMatchObject({ labels: { size: 'other' } })
    expect(observed('small')).toMatchObject({ labels: { size: 'small' } })
  })
})
