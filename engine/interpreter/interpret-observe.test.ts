import { describe, expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '../core/json.ts'
import type { Observation } from '../core/observation.ts'
import { playCase, type LanguageCase } from './testing/cases.ts'

function observed(testCase: Omit<LanguageCase, 'should'>): readonly Observation[] {
  return playCase({ should: '', ...testCase }).observations
}

describe('ends of tasks', () => {
  it('Should be told once each, nested ones too, retries and rounds of a loop apart', () => {
    const ends = observed({
      tasks: [
        {
          id: 'p',
          type: 'parallel',
          strategy: 'fail_fast',
          tasks: [
            { id: 'a', tool: 'slow', with: { ms: 5_000 } },
            { id: 'b', tool: 'flaky', with: { failures: 9 }, retries: 1 },
            { id: 'c', tool: 'echo', condition: 'false' },
          ],
          on_error: { next: 'w' },
        },
        { id: 'w', type: 'wait', wait_for: 'x', timeout: '1s', on_timeout: 'end' },
        { id: 'end', type: 'aggregate', outputs: 1 },
      ],
    })
    expect(
      ends.map((end) => end.type === 'task_ended' && [end.taskType, end.outcome, end.durationMs]),
    ).toEqual([
      ['basic', 'skipped', 0],
      ['basic', 'failed', 1_000],
      ['basic', 'canceled', 1_000],
      ['parallel', 'failed', 1_000],
      ['wait', 'timed_out', 1_000],
      ['aggregate', 'completed', 0],
    ])
  })

  it('Should be told of a canceled run too', () => {
    const ends = observed({
      tasks: [{ id: 'a', tool: 'slow', with: { ms: 50 } }],
      events: [{ at: 7, event: { type: 'cancel_requested' } }],
    })
    expect(ends).toEqual([
      { type: 'task_ended', taskType: 'basic', outcome: 'canceled', durationMs: 7 },
    ])
  })
})

describe('metrics in YAML', () => {
  const metric = (rest: JsonObject = {}): JsonObject => ({
    name: 'orders',
    type: 'counter',
    help: 'Orders.',
    ...rest,
  })
  const task = (metrics: JsonObject[], rest: JsonObject = {}): JsonObject => ({
    id: 'a',
    tool: 'echo',
    with: { n: 5, currency: 'EUR', text: 'x', minus: -1 },
    metrics,
    ...rest,
  })
  const failing = (metrics: JsonObject[]): JsonObject => ({ id: 'a', tool: 'fail', metrics })
  const counted = {
    type: 'custom_metric',
    name: 'compozy_custom_orders_total',
    kind: 'counter',
  } as const
  const notCounted = { type: 'custom_metric_failed', name: 'compozy_custom_orders_total' } as const
  const labels = (value: JsonValue): JsonObject => ({
    labels: { currency: { value, allowed: ['EUR', 'USD'] } },
  })

  it.each<{ should: string; tasks: JsonObject[]; records: readonly object[] }>([
    {
      should: 'count one by default',
      tasks: [task([metric()])],
      records: [{ ...counted, value: 1, labels: {} }],
    },
    {
      should: 'record a value',
      tasks: [task([metric({ value: '{{ .output.n }}' })])],
      records: [{ ...counted, value: 5, labels: {} }],
    },
    {
      should: 'record an allowed label',
      tasks: [task([metric(labels('{{ .output.currency }}'))])],
      records: [{ ...counted, value: 1, labels: { currency: 'EUR' } }],
    },
    {
      should: 'record any other label as other',
      tasks: [task([metric(labels('{{ .output.text }}'))])],
      records: [{ ...counted, value: 1, labels: { currency: 'other' } }],
    },
    {
      should: 'record where when is true',
      tasks: [task([metric({ when: 'output.n == 5' })])],
      records: [{ ...counted, value: 1, labels: {} }],
    },
    {
      should: 'not record where when is false',
      tasks: [task([metric({ when: 'output.n == 6' })])],
      records: [],
    },
    {
      should: 'record a failure with on: error',
      tasks: [failing([metric({ on: 'error', when: 'error.type == "ToolError:Boom"' })])],
      records: [{ ...counted, value: 1, labels: {} }],
    },
    { should: 'not record a failure by default', tasks: [failing([metric()])], records: [] },
    {
      should: 'not record a success with on: error',
      tasks: [task([metric({ on: 'error' })])],
      records: [],
    },
    {
      should: 'record either with on: any',
      tasks: [failing([metric({ on: 'any' })])],
      records: [{ ...counted, value: 1, labels: {} }],
    },
    {
      should: 'not record a skipped task',
      tasks: [task([metric({ on: 'any' })], { condition: 'false' })],
      records: [],
    },
    {
      should: 'count a negative counter as an error',
      tasks: [task([metric({ value: '{{ .output.minus }}' })])],
      records: [notCounted],
    },
    {
      should: 'count what is no number as an error',
      tasks: [task([metric({ value: '{{ .output.text }}' })])],
      records: [notCounted],
    },
    {
      should: 'count a value that is missing as an error',
      tasks: [task([metric({ value: '{{ .output.gone }}' })])],
      records: [notCounted],
    },
    {
      should: 'let a gauge go below zero',
      tasks: [task([metric({ name: 'left', type: 'gauge', value: '{{ .output.minus }}' })])],
      records: [
        {
          type: 'custom_metric',
          name: 'compozy_custom_left',
          kind: 'gauge',
          value: -1,
          labels: {},
        },
      ],
    },
  ])('Should $should', ({ tasks, records }) => {
    const played = playCase({ should: '', tasks })
    expect(played.observations.filter(({ type }) => type !== 'task_ended')).toEqual(records)
    expect(played.error?.type).not.toBe('TemplateError')
  })

  it.each<Pick<LanguageCase, 'should' | 'tasks' | 'events'> & { recorded: string[] }>([
    {
      should: 'a completed run',
      tasks: [task([])],
      recorded: ['compozy_custom_good_total', 'compozy_custom_any_total'],
    },
    {
      should: 'a failed run',
      tasks: [failing([])],
      recorded: ['compozy_custom_bad_total', 'compozy_custom_any_total'],
    },
    {
      should: 'a canceled run: none',
      tasks: [
        { id: 'a', type: 'pause', duration: '1h', metrics: [metric({ name: 'own', on: 'any' })] },
      ],
      events: [{ at: 1, event: { type: 'cancel_requested' } }],
      recorded: [],
    },
  ])('Should be recorded at the end of $should', ({ tasks, recorded, events = [] }) => {
    const metrics = [
      metric({ name: 'good', value: '{{ .output.n }}' }),
      metric({ name: 'bad', on: 'error', when: '{{ ne .error.type "x" }}' }),
      metric({ name: 'any', on: 'any' }),
    ]
    const all = observed({ tasks, workflow: { metrics }, events })
    expect(all.flatMap((one) => (one.type === 'custom_metric' ? [one.name] : []))).toEqual(recorded)
  })
})
