import { describe, expect, it } from 'vitest'
import type { CustomMetric, ToolObservation } from '../core/custom-metric.ts'
import { checkObservations } from './tool-observations.ts'

const metrics: readonly CustomMetric[] = [
  {
    name: 'compozy_custom_lookups_total',
    toolName: 'lookups',
    type: 'counter',
    help: 'Lookups.',
    labels: { source: ['cache', 'bank'] },
  },
  { name: 'compozy_custom_orders_total', type: 'counter', help: 'Orders.', labels: {} },
]

const lookup: ToolObservation = {
  name: 'lookups',
  kind: 'counter',
  value: 2,
  labels: { source: 'cache' },
}
const counted = {
  type: 'custom_metric',
  name: 'compozy_custom_lookups_total',
  kind: 'counter',
  value: 2,
  labels: { source: 'cache' },
}
const failed = { type: 'custom_metric_failed', name: 'compozy_custom_lookups_total' }

describe('what a tool recorded', () => {
  it('Should count by the exported name when it fits its declaration', () => {
    expect(checkObservations([lookup], metrics)).toEqual({
      observations: [counted],
      undeclared: [],
    })
  })

  it('Should record a label value outside the allowed ones as other', () => {
    const { observations } = checkObservations([{ ...lookup, labels: { source: 'x' } }], metrics)
    expect(observations).toEqual([{ ...counted, labels: { source: 'other' } }])
  })

  it.each<[string, Partial<ToolObservation>]>([
    ['another kind', { kind: 'gauge' }],
    ['a value that is no number', { value: null }],
    ['a counter that falls', { value: -1 }],
    ['a missing label', { labels: {} }],
    ['a label too many', { labels: { source: 'cache', more: 'x' } }],
    ['a label of another name', { labels: { constructor: 'cache' } }],
  ])('Should count %s as failed, not as a value', (_, change) => {
    expect(checkObservations([{ ...lookup, ...change }], metrics).observations).toEqual([failed])
  })

  it('Should name what is not declared for tools, and count none of it', () => {
    const names = ['orders', 'undefined', 'lookups2']
    const recorded = names.map((name) => ({ ...lookup, name }))
    expect(checkObservations(recorded, metrics)).toEqual({ observations: [], undeclared: names })
  })
})
