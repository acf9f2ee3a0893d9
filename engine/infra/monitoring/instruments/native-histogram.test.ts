import { emptyResource } from '@opentelemetry/resources'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Family } from '../catalogue.ts'
import { createProtobufWriter } from '../exposition/protobuf.ts'
import { decodeFamilies, histogramCells, type DecodedHistogram } from '../testing/protobuf.ts'
import { NativeHistogram, nativeDefaults, type NativeOptions } from './native-histogram.ts'
import { HistogramSlot } from './slots.ts'
import { createProducer } from './producer.ts'
import { createRegistry } from './registry.ts'

const family = {
  name: 'test_seconds',
  kind: 'histogram',
  help: 'Test.',
  labels: {},
  buckets: [1],
  example: '',
  stability: 'stable',
} as const satisfies Family

/** What a scraper reads after these observations. */
async function exposed(
  observations: readonly number[],
  native: NativeOptions,
): Promise<DecodedHistogram> {
  const registry = createRegistry({ native })
  const slot = registry.instrument(family)({})
  for (const value of observations) slot.observe(value)
  const { resourceMetrics } = await createProducer(registry).collect()
  const metrics = { ...resourceMetrics, resource: emptyResource() }
  const chunks = [...createProtobufWriter('native').write(metrics)].map(({ chunk }) =>
    Buffer.from(chunk),
  )
  return decodeFamilies(Buffer.concat(chunks))[0]!.metric[0]!.histogram!
}

const pairs = (spans: DecodedHistogram['positiveSpan']): [number, number][] =>
  spans.map(({ offset, length }) => [offset, length])

/** Counts by key, of both signs. */
function countsOf(histogram: NativeHistogram): Record<string, number> {
  const { positive, negative, zeroCount } = histogram.snapshot()
  const entries = (sign: string, { keys, counts }: typeof positive): [string, number][] =>
    [...keys].map((key, index) => [`${sign}${key}`, counts[index]!])
  return Object.fromEntries([
    ['0', zeroCount],
    ...entries('+', positive),
    ...entries('-', negative),
  ])
}

function observeAll(native: NativeHistogram, values: readonly number[]): void {
  const slot = new HistogramSlot([], native)
  for (const value of values) slot.observe(value)
}

function histogramOf(values: readonly number[], options: Partial<NativeOptions>): NativeHistogram {
  const histogram = new NativeHistogram({ ...nativeDefaults, maxBuckets: Infinity, ...options })
  observeAll(histogram, values)
  return histogram
}

const anyValues = fc.array(fc.double({ noNaN: true }), { maxLength: 200 })

describe('a native histogram', () => {
  it.each(histogramCells.map((cell) => [cell.name, cell] as const))(
    'Should be what client_golang gives: %s',
    async (_, cell) => {
      const values = cell.observations.map(Number)
      const invalid = values.filter(Number.isNaN).length
      const found = await exposed(values, {
        ...nativeDefaults,
        schema: cell.startSchema,
        maxBuckets: cell.maxBuckets === 0 ? Infinity : cell.maxBuckets,
      })
      expect({
        schema: found.schema,
        zeroThreshold: found.zeroThreshold,
        zeroCount: Number(found.zeroCount),
        positive: { spans: pairs(found.positiveSpan), deltas: found.positiveDelta.map(Number) },
        negative: { spans: pairs(found.negativeSpan), deltas: found.negativeDelta.map(Number) },
        // We ignore NaN. client_golang counts it, in no bucket, and its sum is NaN from then on.
        count: Number(found.sampleCount),
        sum: invalid > 0 ? 'NaN' : String(found.sampleSum),
      }).toEqual({
        schema: cell.schema,
        zeroThreshold: 2 ** -128,
        zeroCount: cell.zeroCount,
        positive: cell.positive,
        negative: cell.negative,
        count: cell.count - invalid,
        sum: String(Number(cell.sum)),
      })
    },
  )

  it('Should be compared with sets of every kind, and with reduced ones', () => {
    expect(histogramCells.length).toBeGreaterThanOrEqual(50)
    const reduced = histogramCells.filter(({ schema, startSchema }) => schema < startSchema)
    expect(reduced.length).toBeGreaterThan(10)
  })

  it('Should lose no observation, whatever the values and the limit', () => {
    fc.assert(
      fc.property(anyValues, fc.integer({ min: 1, max: 40 }), (values, maxBuckets) => {
        const counts = Object.values(countsOf(histogramOf(values, { maxBuckets })))
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(values.length)
      }),
    )
  })

  it('Should reduce its resolution to what the coarser schema counts from the start', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1e300, max: 1e300, noNaN: true }), { maxLength: 200 }),
        fc.integer({ min: 1, max: 20 }),
        (values, maxBuckets) => {
          const reduced = histogramOf(values, { maxBuckets })
          const { schema } = reduced.snapshot()
          expect(countsOf(reduced)).toEqual(countsOf(histogramOf(values, { schema })))
        },
      ),
    )
  })

  it('Should have no more buckets than its limit, until it is as coarse as it gets', () => {
    const values = Array.from({ length: 5_000 }, (_, i) => 1.01 ** (i - 2_500))
    const { schema, positive } = histogramOf(values, { maxBuckets: 20 }).snapshot()
    expect(positive.keys.length).toBeLessThanOrEqual(20)
    expect(schema).toBeLessThan(3)
    expect(histogramOf(values, { maxBuckets: 1 }).snapshot().schema).toBe(-4)
  })

  it('Should give the smallest numbers their own buckets where the zero bucket is empty', () => {
    // In schema 0 the bucket n has the upper bound 2 ** n; below 2 ** -1022 numbers are subnormal.
    const exponents = [-1074, -1073, -1050, -1023, -1022, -1021]
    const values = exponents.map((exponent) => 2 ** exponent)
    const options = { schema: 0, zeroThreshold: 0 }
    const { positive } = histogramOf(values, options).snapshot()
    expect([...positive.keys]).toEqual(exponents)
    const { negative, zeroCount } = histogramOf([-(2 ** -1074), 0], options).snapshot()
    expect([[...negative.keys], zeroCount]).toEqual([[-1074], 1])
  })

  it('Should keep its resolution where the buckets fit', () => {
    const { schema, positive } = histogramOf([0.1, 0.2, 0.3], { maxBuckets: 3 }).snapshot()
    expect([schema, positive.keys.length]).toEqual([3, 3])
  })

  it('Should give a snapshot that later observations do not change', () => {
    const histogram = histogramOf([1], {})
    const before = histogram.snapshot()
    observeAll(histogram, [1])
    expect([...before.positive.counts]).toEqual([1])
  })
})
