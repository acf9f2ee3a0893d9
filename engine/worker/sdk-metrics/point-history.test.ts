import { describe, expect, it } from 'vitest'
import type { OtlpPoint } from './otlp.ts'
import { PointHistory } from './point-history.ts'

const counter = (
  value: number,
  attributes: OtlpPoint['attributes'] = {},
  since = '1',
): OtlpPoint => ({ kind: 'counter', metric: { name: 'polls' }, value, attributes, since })
const gauge = (value: number, labels: OtlpPoint['attributes'] = {}): OtlpPoint => ({
  ...counter(value, labels),
  kind: 'gauge',
  metric: { name: 'slots' },
})
const changes = (history: PointHistory, points: readonly OtlpPoint[]) =>
  history.updatesIn(points).map(({ metric, value }) => [metric.name, value])

describe('PointHistory', () => {
  it('Should tell what a counter rose by since the last time, and nothing where it stands', () => {
    const history = new PointHistory()
    expect(changes(history, [counter(3)])).toEqual([['polls', 3]])
    expect(changes(history, [counter(3)])).toEqual([])
    expect(changes(history, [counter(5)])).toEqual([['polls', 2]])
  })

  it('Should count a new runtime from 0', () => {
    const history = new PointHistory()
    history.updatesIn([counter(5)])
    expect(changes(history, [counter(5, {}, '2')])).toEqual([['polls', 5]])
    expect(changes(history, [counter(6, {}, '2')])).toEqual([['polls', 1]])
  })

  it('Should tell gauges each time, after the counters', () => {
    const history = new PointHistory()
    expect(changes(history, [gauge(0), counter(1)])).toEqual([
      ['polls', 1],
      ['slots', 0],
    ])
    expect(changes(history, [gauge(0), counter(1)])).toEqual([['slots', 0]])
  })

  it('Should tell label sets apart, whatever their order, and keep the object of each', () => {
    const history = new PointHistory()
    const [first] = history.updatesIn([gauge(1, { a: 'x', b: '1' })])
    const again = history.updatesIn([
      gauge(2, { b: '1', a: 'x' }),
      gauge(3, { a: 'x', b: 1 }),
      gauge(4, { a: 'x' }),
    ])
    expect(again.map(({ attributes }) => attributes === first!.attributes)).toEqual([
      true,
      false,
      false,
    ])
  })
})
