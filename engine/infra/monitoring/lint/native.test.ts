import { describe, expect, it } from 'vitest'
import { checkNative, type NativeSample } from './native.ts'

const nothing = { spans: [], counts: [] }
const valid: NativeSample = {
  count: 6,
  sum: 5,
  schema: 3,
  zeroThreshold: 0,
  zeroCount: 1,
  negative: { spans: [{ offset: -2, length: 1 }], counts: [2] },
  positive: {
    spans: [
      { offset: -5, length: 1 },
      { offset: 0, length: 1 },
    ],
    counts: [3, 0],
  },
}

function findings(change: Partial<NativeSample>): string[] {
  const found: string[] = []
  checkNative({ ...valid, ...change }, 7, (rule, message, line) =>
    found.push(`${line} ${rule}: ${message}`),
  )
  return found
}

describe('a native histogram', () => {
  it.each<[string, Partial<NativeSample>]>([
    ['valid', {}],
    ['of the lowest resolution', { schema: -4 }],
    ['of the highest resolution', { schema: 8 }],
    ['empty', { count: 0, zeroCount: 0, negative: nothing, positive: nothing }],
    ['with values that lie in no bucket', { sum: NaN, count: 7 }],
    ['with NaN as its sum, and all values in a bucket', { sum: NaN }],
  ])('Should pass that is %s', (_, change) => {
    expect(findings(change)).toEqual([])
  })

  it.each<[string, Partial<NativeSample>, string]>([
    ['a schema below', { schema: -5 }, 'the native schema is -5; allowed: -4 to 8'],
    ['a schema above', { schema: 9 }, 'the native schema is 9; allowed: -4 to 8'],
    [
      'a zero threshold below 0',
      { zeroThreshold: -1 },
      'the zero threshold is -1; it must not be negative',
    ],
    [
      'no zero threshold',
      { zeroThreshold: NaN },
      'the zero threshold is NaN; it must not be negative',
    ],
    ['a count that is too small', { count: 5 }, 'the native count is 5, and its buckets hold 6'],
    ['a count that is too large', { count: 7 }, 'the native count is 7, and its buckets hold 6'],
    [
      'a count below its buckets beside NaN',
      { sum: NaN, count: 5 },
      'the native count is 5, and its buckets hold 6',
    ],
    [
      'fewer buckets than its spans say',
      { negative: { spans: [{ offset: 0, length: 3 }], counts: [2] } },
      'the negative spans have 3 buckets, and 1 are given',
    ],
    [
      'spans that overlap',
      {
        positive: {
          spans: [
            { offset: 0, length: 1 },
            { offset: -1, length: 1 },
          ],
          counts: [3, 0],
        },
      },
      'a positive span starts before the end of the one before it',
    ],
    [
      'a bucket with a negative count',
      { positive: { spans: [{ offset: 0, length: 2 }], counts: [4, -1] } },
      'a positive bucket has a negative count',
    ],
  ])('Should be refused for %s', (_, change, message) => {
    expect(findings(change)).toEqual([`7 histogram: ${message}`])
  })

  it('Should be refused for a bucket without a count', () => {
    const positive = { spans: [{ offset: 0, length: 1 }], counts: [NaN] }
    expect(findings({ positive })).toContain('7 histogram: a positive bucket has a negative count')
  })
})
