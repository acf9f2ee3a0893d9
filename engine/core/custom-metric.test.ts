import { describe, expect, it } from 'vitest'
import { misplacedBound, openMetricsNames, reservedSuffixOf } from './custom-metric.ts'

describe('reservedSuffixOf', () => {
  it.each(['_total', '_created', '_info', '_bucket', '_sum', '_count'])(
    'Should find %s at the end of a name',
    (suffix) => {
      expect(reservedSuffixOf(`orders${suffix}`)).toBe(suffix)
    },
  )

  it('Should leave a suffix inside a name alone', () => {
    expect(reservedSuffixOf('orders_total_seconds')).toBeUndefined()
  })
})

describe('openMetricsNames', () => {
  it('Should be those of the family and of its samples, as client_python claims them', () => {
    expect(openMetricsNames('made', 'histogram')).toEqual([
      'made',
      'made_bucket',
      'made_sum',
      'made_count',
      'made_created',
    ])
    expect(openMetricsNames('made_total', 'counter')).toEqual([
      'made',
      'made_total',
      'made_created',
    ])
  })

  it('Should be one for a gauge, whatever it ends in', () => {
    expect(openMetricsNames('made', 'gauge')).toEqual(['made'])
    expect(openMetricsNames('made_total', 'gauge')).toEqual(['made_total'])
  })
})

describe('misplacedBound', () => {
  it('Should accept finite bounds that rise strictly', () => {
    expect(misplacedBound([-1, 0, 0.5, 10])).toBeUndefined()
  })

  it.each([
    ['a bound that repeats', [1, 1], 1],
    ['a bound that falls', [1, 2, 1.5], 2],
    ['an infinite bound', [1, Infinity], 1],
    ['NaN', [NaN], 0],
    ['a text', [1, '2'], 1],
  ])('Should find %s', (_, bounds, index) => {
    expect(misplacedBound(bounds)).toBe(index)
  })
})
