import { describe, expect, it } from 'vitest'
import type { CustomMetric } from '../../../core/custom-metric.ts'
import type { CustomObservation } from '../../../core/observation.ts'
import { createRegistry, type Series } from '../instruments/registry.ts'
import type { HistogramSlot, ValueSlot } from '../instruments/slots.ts'
import { customFamilies } from './custom.ts'

const sales: CustomMetric = {
  name: 'compozy_custom_sales_total',
  type: 'counter',
  help: 'Sales.',
  labels: { plan: ['free', 'pro'], region: ['eu', 'us'] },
}
const seats: CustomMetric = {
  name: 'compozy_custom_seats',
  type: 'gauge',
  help: 'Seats.',
  labels: { plan: ['free'] },
}
const wait: CustomMetric = {
  name: 'compozy_custom_wait_seconds',
  type: 'histogram',
  help: 'Wait.',
  labels: {},
  buckets: [1, 2],
}

function setup(...metrics: readonly CustomMetric[]) {
  const registry = createRegistry()
  const custom = customFamilies(registry, metrics)
  const record = (name: string, value: number, labels: Record<string, string> = {}): void => {
    const kind = metrics.find((metric) => metric.name === name)?.type ?? 'counter'
    custom.record({ type: 'custom_metric', kind, name, value, labels })
  }
  const seriesOf = (name: string): Series<ValueSlot | HistogramSlot>[] =>
    registry
      .collect()
      .collected.filter(({ family }) => family.name === name)
      .flatMap(({ series }): Series<ValueSlot | HistogramSlot>[] => [...series])
  return { custom, record, seriesOf, families: () => registry.collect().collected }
}

describe('metrics that YAML declares', () => {
  it('Should export a counter at 0 for every combination of its labels, and add to one', () => {
    const { record, seriesOf } = setup(sales)
    const series = () =>
      seriesOf(sales.name).map(({ labels, slot }) => [
        `${labels['plan']} ${labels['region']}`,
        'value' in slot && slot.value,
      ])
    const zeros = [
      ['free eu', 0],
      ['free us', 0],
      ['free other', 0],
      ['pro eu', 0],
      ['pro us', 0],
      ['pro other', 0],
      ['other eu', 0],
      ['other us', 0],
      ['other other', 0],
    ]
    expect(series()).toEqual(zeros)
    for (let i = 0; i < 2; i++) record(sales.name, 3, { plan: 'free', region: 'us' })
    expect(series()).toEqual(zeros.with(1, ['free us', 6]))
    record(sales.name, 1, { plan: 'other', region: 'us' })
    expect(series()).toEqual(zeros.with(1, ['free us', 6]).with(7, ['other us', 1]))
  })

  it('Should export at most 808 series of a counter at 0, and one without labels', () => {
    const values = Array.from({ length: 100 }, (_, i) => `v${i}`)
    const wide = { ...sales, labels: { a: ['x'], b: ['x'], c: ['x'], d: values } }
    const plain = { ...sales, name: 'compozy_custom_plain_total', labels: {} }
    const { seriesOf } = setup(wide, plain)
    expect(seriesOf(wide.name)).toHaveLength(808)
    expect(seriesOf(plain.name)).toHaveLength(1)
  })

  it('Should set a gauge, which has no series before', () => {
    const { record, seriesOf } = setup(seats)
    expect(seriesOf(seats.name)).toEqual([])
    for (const value of [5, 2]) record(seats.name, value, { plan: 'free' })
    expect(seriesOf(seats.name).map(({ slot }) => slot)).toMatchObject([{ value: 2 }])
  })

  it('Should observe a histogram in the buckets that it declares', () => {
    const { record, seriesOf } = setup(wait)
    record(wait.name, 1.5)
    const [series] = seriesOf(wait.name)
    expect(series?.slot).toMatchObject({ bounds: [1, 2], sum: 1.5 })
  })

  it('Should count as errors the values that would make a sum infinite', () => {
    const { record, seriesOf } = setup(sales, seats, wait)
    const plan = { plan: 'free' }
    for (let i = 0; i < 2; i++) {
      record(sales.name, 1e308, { ...plan, region: 'us' })
      record(wait.name, 1e308)
      record(seats.name, 1e308, plan)
    }
    const errors = seriesOf('compozy_metrics_custom_errors_total').map(({ slot }) => slot)
    expect(errors).toMatchObject([{ value: 1 }, { value: 0 }, { value: 1 }])
    expect(seriesOf(sales.name)[1]?.slot).toMatchObject({ value: 1e308 })
    expect(seriesOf(wait.name)[0]?.slot).toMatchObject({ sum: 1e308 })
  })

  it('Should count an error of a metric, and ignore one that is no longer declared', () => {
    const { custom, record, seriesOf } = setup(sales, seats)
    const errors = () =>
      seriesOf('compozy_metrics_custom_errors_total').map(({ labels, slot }) => [
        labels['metric'],
        'value' in slot && slot.value,
      ])
    expect(errors()).toEqual([
      [sales.name, 0],
      [seats.name, 0],
    ])
    custom.record({ type: 'custom_metric_failed', name: seats.name })
    custom.record({ type: 'custom_metric_failed', name: 'compozy_custom_gone' })
    record('compozy_custom_gone', 1)
    expect(errors()).toEqual([
      [sales.name, 0],
      [seats.name, 1],
    ])
  })

  describe('of a run with an earlier declaration', () => {
    const recorded: CustomObservation = {
      type: 'custom_metric',
      kind: 'counter',
      name: sales.name,
      value: 3,
      labels: { plan: 'free', region: 'us' },
    }
    const recordOne = (change: Partial<CustomObservation>) => {
      const { custom, seriesOf } = setup(sales)
      custom.record({ ...recorded, ...change })
      const valuesOf = (name: string) =>
        seriesOf(name)
          .filter(({ slot }) => 'value' in slot && slot.value !== 0)
          .map(({ labels, slot }) => [labels, 'value' in slot && slot.value])
      return [...valuesOf(sales.name), ...valuesOf('compozy_metrics_custom_errors_total')]
    }

    it.each<[string, Partial<CustomObservation>]>([
      ['another kind', { kind: 'gauge' }],
      ['a label that is gone', { labels: { plan: 'free', region: 'us', city: 'x' } }],
      ['a label missing that is new', { labels: { plan: 'free' } }],
      ['a label of another name', { labels: { plan: 'free', area: 'us' } }],
    ])('Should be counted as errors and not as values with %s', (_, change) => {
      expect(recordOne(change)).toEqual([[{ metric: sales.name }, 1]])
    })

    it('Should be recorded as other with a value that is no longer allowed', () => {
      const change = { labels: { plan: 'free', region: 'asia' } }
      expect(recordOne(change)).toEqual([[{ plan: 'free', region: 'other' }, 3]])
    })

    it('Should be recorded with the order of the labels that is declared', () => {
      const change = { labels: { region: 'us', plan: 'free' } }
      expect(recordOne(change)).toEqual([[{ plan: 'free', region: 'us' }, 3]])
    })
  })

  it('Should export nothing without a metric, not even the errors', () => {
    const { record, families } = setup()
    record(sales.name, 1)
    expect(families()).toEqual([])
  })
})
