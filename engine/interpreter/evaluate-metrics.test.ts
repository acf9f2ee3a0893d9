import { expect, it } from 'vitest'
import type { MetricIr } from '../definition/task-ir.ts'
import type { Scope } from '../template/sandbox.ts'
import { evaluateMetrics } from './evaluate-metrics.ts'
import { compileTest } from './testing/compile.ts'

/** The metric of a task, compiled, with a value. */
function metricOf(value: string): readonly MetricIr[] {
  const metric = { name: 'orders', type: 'counter', help: 'Orders.', value }
  return compileTest({ tasks: [{ id: 'a', tool: 'echo', metrics: [metric] }] }).tasks[0]!.metrics!
}

/** A scope whose input is read by a function. */
function scopeOf(read: () => number): Scope {
  const roots = {
    get input() {
      return { n: read() }
    },
  }
  return { roots, now: 0, uuid: () => '', activation: undefined }
}

const name = 'compozy_custom_orders_total'

it.each([
  ['0, which a counter may add', 0, { type: 'custom_metric', kind: 'counter', value: 0 }],
  ['less than 0, which it may not', -1, { type: 'custom_metric_failed' }],
])('Should record a value of %s', (_, value, recorded) => {
  const observations = evaluateMetrics(
    metricOf('{{ .input.n }}'),
    'success',
    scopeOf(() => value),
    new Map(),
  )
  expect(observations).toMatchObject([{ ...recorded, name }])
})

it('Should count what a template fails with, but not hide a defect of the engine', () => {
  const evaluate = (value: string) =>
    evaluateMetrics(
      metricOf(value),
      'success',
      scopeOf(() => {
        throw new TypeError('a defect')
      }),
      new Map(),
    )
  expect(evaluate('{{ fail "no" }}')).toEqual([{ type: 'custom_metric_failed', name }])
  expect(() => evaluate('{{ .input.n }}')).toThrow('a defect')
})

it('Should count a value that is too much for the engine', () => {
  const read = (): number => {
    throw new RangeError('Invalid string length')
  }
  const observations = evaluateMetrics(
    metricOf('{{ .input.n }}'),
    'success',
    scopeOf(read),
    new Map(),
  )
  expect(observations).toEqual([{ type: 'custom_metric_failed', name }])
})
