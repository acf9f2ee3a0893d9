import { describe, expect, it } from 'vitest'
import { kindsOf, labelSet, sampleNames, takesExemplar, untypedOf } from './kinds.ts'

const labels = (entries: Readonly<Record<string, string>>) => new Map(Object.entries(entries))

describe('the kinds of a format', () => {
  it.each([
    ['text', 'counter', ['a']],
    ['text', 'gauge', ['a']],
    ['text', 'histogram', ['a_bucket', 'a_sum', 'a_count']],
    ['text', 'summary', ['a', 'a_sum', 'a_count']],
    ['text', 'untyped', ['a']],
    ['openmetrics', 'counter', ['a_total', 'a_created']],
    ['openmetrics', 'gauge', ['a']],
    ['openmetrics', 'histogram', ['a_bucket', 'a_sum', 'a_count', 'a_created']],
    ['openmetrics', 'gaugehistogram', ['a_bucket', 'a_gsum', 'a_gcount']],
    ['openmetrics', 'summary', ['a', 'a_sum', 'a_count', 'a_created']],
    ['openmetrics', 'info', ['a_info']],
    ['openmetrics', 'stateset', ['a']],
    ['openmetrics', 'unknown', ['a']],
  ] as const)('Should name the samples: in %s, of a %s', (format, kind, names) => {
    expect(sampleNames(format, kind, 'a')).toEqual(names)
    expect(kindsOf(format)).toContain(kind)
  })

  it('Should be those alone, and one for families without a TYPE line', () => {
    expect([kindsOf('text').length, kindsOf('openmetrics').length]).toEqual([5, 8])
    expect([untypedOf('text'), untypedOf('openmetrics')]).toEqual(['untyped', 'unknown'])
    expect(sampleNames('text', 'info', 'a')).toEqual(['a'])
  })

  it.each([
    ['counter', 'a_total', true],
    ['counter', 'a_created', false],
    ['histogram', 'a_bucket', true],
    ['gaugehistogram', 'a_bucket', true],
    ['histogram', 'a_sum', false],
    ['gauge', 'a_bucket', false],
    ['gauge', 'a_total', false],
    ['summary', 'a_bucket', false],
  ])('Should say whether a sample can carry an exemplar: %s, %s', (kind, sample, can) => {
    expect(takesExemplar(kind, sample)).toBe(can)
  })
})

describe('a label set', () => {
  it('Should be the same in any order, and without empty values', () => {
    const one = labelSet(labels({ a: '1', b: '2', c: '' }), { parts: 'apart' })
    expect(one).toBe(labelSet(labels({ b: '2', a: '1' }), { parts: 'apart' }))
    expect(one).not.toBe(labelSet(labels({ a: '1', b: '3' }), { parts: 'apart' }))
    expect(JSON.parse(one)).toEqual([
      ['a', '1'],
      ['b', '2'],
    ])
  })

  it('Should tell the samples of a histogram or summary apart, or join them', () => {
    const of = (parts: 'apart' | 'joined', entries: Readonly<Record<string, string>>) =>
      labelSet(labels(entries), { parts })
    const bare = of('joined', { a: '1' })
    expect(of('joined', { a: '1', le: '5' })).toBe(bare)
    expect(of('joined', { a: '1', quantile: '0.5' })).toBe(bare)
    expect(of('joined', { a: '1', lex: '5' })).not.toBe(bare)
    expect(of('apart', { a: '1', le: '5' })).not.toBe(of('apart', { a: '1', le: '6' }))
  })
})
