import type { Attributes, Meter } from '@opentelemetry/api'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { families } from '../catalogue.ts'
import { openReader } from '../instruments/reader.ts'
import { createRegistry } from '../instruments/registry.ts'
import { parseProtobuf } from '../lint/parse-protobuf.ts'
import { parseExposition, type Parsed } from '../lint/parse.ts'
import { createExposition } from './exposition.ts'
import { contentTypes } from './format.ts'

/** The endpoint of a service whose Meter has recorded. */
async function serve(record: (meter: Meter) => void, cardinalityLimit = 100) {
  const registry = createRegistry()
  registry.instrument(families.httpInFlight)({}).add(7)
  const reader = openReader(registry, cardinalityLimit)
  const seen = { errors: [] as string[], full: [] as string[] }
  record(await reader.meter())
  const exposition = createExposition({
    collect: () => reader.collect(),
    collectErrors: 'serve',
    histograms: 'both',
    createdSamples: true,
    onCollectError: ({ error }) => seen.errors.push((error as Error).message),
    onFull: (family) => seen.full.push(family),
    onScrape: () => undefined,
    onSeries: () => undefined,
  })
  const bodyOf = async (accept: string): Promise<Buffer> =>
    (await exposition.scrape({ accept, acceptEncoding: undefined })).body
  const lines = async (): Promise<string[]> =>
    (await bodyOf('text/plain'))
      .toString()
      .split('\n')
      .filter((line) => line.startsWith('acme'))
  return { bodyOf, lines, seen }
}

/** What the attributes of a counter become. */
async function seriesOf(...recorded: readonly Attributes[]): Promise<string[]> {
  const { lines } = await serve((meter) => {
    const counter = meter.createCounter('acme_jobs_total')
    for (const attributes of recorded) counter.add(1, attributes)
  })
  return (await lines()).map((line) => line.replace('acme_jobs_total', ''))
}

describe('labels of the Meter', () => {
  it.each([
    ['le', '{exported_le="x"} 1'],
    ['quantile', '{exported_quantile="x"} 1'],
    ['job', '{exported_job="x"} 1'],
    ['instance', '{exported_instance="x"} 1'],
    ['__name__', '{exported___name__="x"} 1'],
    ['__a', '{exported___a="x"} 1'],
    ['.-a', '{exported___a="x"} 1'],
    ['_a', '{_a="x"} 1'],
    ['less', '{less="x"} 1'],
    ['LE', '{LE="x"} 1'],
    ['a.b', '{a_b="x"} 1'],
    ['1st', '{_1st="x"} 1'],
    ['', '{_="x"} 1'],
  ])('Should have names that Prometheus takes: %j', async (name, expected) => {
    expect(await seriesOf({ [name]: 'x' })).toEqual([expected])
  })

  it.each<[string, Attributes, string]>([
    ['a number', { code: 200 }, '{code="200"} 1'],
    ['a Boolean', { ok: false }, '{ok="false"} 1'],
    ['nothing', { code: undefined }, ' 1'],
    ['an empty text, which is no label to Prometheus', { code: '', plan: 'pro' }, '{plan="pro"} 1'],
    ['half a surrogate pair', { code: 'a\ud83d' }, '{code="a\ufffd"} 1'],
    ['names that become equal', { a_b: 'y', 'a.b': 'x' }, '{a_b="x;y"} 1'],
    ['a renamed one that is there already', { exported_le: 'y', le: 'x' }, '{exported_le="y;x"} 1'],
  ])('Should have a value that is text: %s', async (_, attributes, expected) => {
    expect(await seriesOf(attributes)).toEqual([expected])
  })

  it('Should not stand beside the bounds of a histogram in any format', async () => {
    const { bodyOf, lines } = await serve((meter) => {
      const bounds = { advice: { explicitBucketBoundaries: [1] } }
      meter.createHistogram('acme_size', bounds).record(0.5, { le: 'x' })
    })
    expect(await lines()).toEqual([
      'acme_size_bucket{exported_le="x",le="1"} 1',
      'acme_size_bucket{exported_le="x",le="+Inf"} 1',
      'acme_size_sum{exported_le="x"} 0.5',
      'acme_size_count{exported_le="x"} 1',
    ])
    expect((await bodyOf(contentTypes.protobuf)).toString('latin1')).toContain('exported_le')
  })
})

describe('series of the Meter whose labels become equal', () => {
  it.each<[string, Attributes, Attributes, string]>([
    ['a number and its text', { code: 200 }, { code: '200' }, '{code="200"} 2'],
    ['cleaned names', { 'a.b': 'x' }, { a_b: 'x' }, '{a_b="x"} 2'],
    ['reserved names', { le: 'x' }, { exported_le: 'x' }, '{exported_le="x"} 2'],
    ['another order', { 'a.b': 1, z: 2 }, { z: 2, a_b: 1 }, '{a_b="1",z="2"} 2'],
    ['an empty text and no label', {}, { code: '' }, ' 2'],
    ['nothing and no label', {}, { code: undefined }, ' 2'],
    ['halves of pairs', { a: '\ud83d' }, { a: '\ud83e' }, '{a="\ufffd"} 2'],
  ])('Should be one with the sum of both: %s', async (_, first, second, expected) => {
    expect(await seriesOf(first, second)).toEqual([expected])
  })

  it.each<[string, Attributes, Attributes]>([
    ['two values', { code: 200 }, { code: '201' }],
    ['two names', { 'a.b': 'x' }, { a_c: 'x' }],
    ['a label more', { code: 200 }, { code: 200, ok: true }],
    ['values that change places', { a: '1', b: '2' }, { a: '2', b: '1' }],
    ['a separator within a value', { a: '1","b":"2' }, { a: '1', b: '2' }],
  ])('Should stay two where they differ: %s', async (_, first, second) => {
    const series = await seriesOf(first, second)
    expect(series.map((line) => line.replace(/.* /, ''))).toEqual(['1', '1'])
    expect(new Set(series).size).toBe(2)
  })

  it('Should add up in histograms, with the earlier of the created timestamps', async () => {
    const { bodyOf, lines } = await serve((meter) => {
      const bounds = { advice: { explicitBucketBoundaries: [1, 10] } }
      const sizes = meter.createHistogram('acme_size', bounds)
      sizes.record(0.5, { code: 200 })
      sizes.record(5, { code: '200' })
      sizes.record(50, { code: '200' })
      sizes.record(5, { code: 500 })
    })
    expect((await lines()).filter((line) => line.includes('code="200"'))).toEqual([
      'acme_size_bucket{code="200",le="1"} 1',
      'acme_size_bucket{code="200",le="10"} 2',
      'acme_size_bucket{code="200",le="+Inf"} 3',
      'acme_size_sum{code="200"} 55.5',
      'acme_size_count{code="200"} 3',
    ])
    const openmetrics = (await bodyOf(contentTypes.openmetrics)).toString()
    expect(openmetrics.match(/^acme_size_created\{code="200"\} \d+\.\d+$/gm)).toHaveLength(1)
  })

  it('Should have each bound once, with the counts of all', async () => {
    const { bodyOf, lines, seen } = await serve((meter) => {
      const bounds = { advice: { explicitBucketBoundaries: [2, 1, 1, 2, 2] } }
      const sizes = meter.createHistogram('acme_size', bounds)
      for (const value of [0.5, 1, 1.5, 2, 3]) sizes.record(value)
    })
    expect(await lines()).toEqual([
      'acme_size_bucket{le="1"} 2',
      'acme_size_bucket{le="2"} 4',
      'acme_size_bucket{le="+Inf"} 5',
      'acme_size_sum 8',
      'acme_size_count 5',
    ])
    const openmetrics = parseExposition((await bodyOf(contentTypes.openmetrics)).toString())
    expect(openmetrics).toHaveProperty('families')
    const protobuf = parseProtobuf(await bodyOf(contentTypes.protobuf))
    expect(protobuf).toHaveProperty('families')
    expect(seen.errors).toEqual([])
  })

  it('Should be left out where a bound is no number', async () => {
    const { lines, seen } = await serve((meter) => {
      const bounds = { advice: { explicitBucketBoundaries: [1, NaN] } }
      meter.createHistogram('acme_size', bounds).record(0.5)
      meter.createCounter('acme_jobs_total').add(1)
    })
    expect(await lines()).toEqual(['acme_jobs_total 1'])
    expect(seen.errors).toEqual([
      'the bucket bounds of acme_size do not rise; give the histogram of the Meter finite, rising bounds',
    ])
  })

  it('Should add up in counters that may fall, and keep the later value of a gauge', async () => {
    const { lines } = await serve((meter) => {
      const [open, level] = [
        meter.createUpDownCounter('acme_open'),
        meter.createGauge('acme_level'),
      ]
      const rate = meter.createObservableCounter('acme_read_total')
      rate.addCallback((result) => {
        result.observe(5, { code: 1 })
        result.observe(6, { code: '1' })
      })
      for (const [value, code] of [
        [3, 1],
        [-1, '1'],
      ] as const) {
        open.add(value, { code })
        level.record(value, { code })
      }
    })
    expect((await lines()).toSorted()).toEqual([
      'acme_level{code="1"} -1',
      'acme_open{code="1"} 2',
      'acme_read_total{code="1"} 11',
    ])
  })

  it('Should keep counting over scrapes', async () => {
    let add = (_: Attributes): void => undefined
    const { lines } = await serve((meter) => {
      const counter = meter.createCounter('acme_jobs_total')
      add = (attributes) => counter.add(1, attributes)
    })
    add({ code: 200 })
    expect(await lines()).toEqual(['acme_jobs_total{code="200"} 1'])
    add({ code: '200' })
    expect(await lines()).toEqual(['acme_jobs_total{code="200"} 2'])
    add({ code: 200 })
    expect(await lines()).toEqual(['acme_jobs_total{code="200"} 3'])
  })

  it('Should be one where a series is called other, as those past the limit are', async () => {
    const { lines, seen } = await serve((meter) => {
      const counter = meter.createCounter('acme_jobs_total')
      counter.add(1, { kind: 'other' })
      for (let i = 0; i < 10; i++) counter.add(1, { kind: i })
    }, 3)
    expect(await lines()).toEqual([
      'acme_jobs_total{kind="other"} 10',
      'acme_jobs_total{kind="0"} 1',
    ])
    expect(seen.full).toEqual(['acme_jobs_total'])
  })

  it('Should stand once in every format, with no count lost, whatever is recorded', async () => {
    const name = fc.constantFrom('a.b', 'a_b', 'a-b', 'le', 'exported_le', '__a', '_', '', 'é', '1')
    const value = fc.oneof(
      fc.constantFrom(1, '1', true, 'true', '', undefined, '\ud83d', '"\n\\', 'x'),
      fc.string(),
    )
    const recorded = fc.array(fc.dictionary(name, value, { maxKeys: 3 }), { maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(recorded, async (all) => {
        const { bodyOf } = await serve((meter) => {
          const counter = meter.createCounter('acme_jobs')
          const sizes = meter.createHistogram('acme_size')
          for (const attributes of all) {
            counter.add(1, attributes)
            sizes.record(1, attributes)
          }
        })
        const formats = ['text', 'openmetrics', 'protobuf'] as const
        const bodies = await Promise.all(formats.map((format) => bodyOf(contentTypes[format])))
        const parsed = bodies.map((body, i) =>
          formats[i] === 'protobuf' ? parseProtobuf(body) : parseExposition(body.toString()),
        )
        for (const exposition of parsed) {
          expect(exposition).toHaveProperty('families')
          const samples = (exposition as Parsed).families.flatMap((family) => family.samples)
          const sumOf = (sample: string): number =>
            samples
              .filter((each) => each.name === sample)
              .reduce((sum, each) => sum + each.value, 0)
          expect(sumOf('acme_jobs_total')).toBe(all.length)
          expect(sumOf('acme_size_count')).toBe(all.length)
        }
      }),
      { numRuns: 50 },
    )
  })
})

describe('names of the Meter that become equal', () => {
  it.each<[string, (meter: Meter) => void, string]>([
    [
      'cleaned names',
      (meter) => {
        meter.createCounter('acme.jobs').add(1)
        meter.createCounter('acme_jobs').add(2)
      },
      'acme_jobs_total',
    ],
    [
      'a counter and a gauge that ends in _total',
      (meter) => {
        meter.createCounter('acme.jobs').add(1)
        meter.createGauge('acme_jobs_total').record(2)
      },
      'acme_jobs_total',
    ],
    [
      'a histogram and a sample of it',
      (meter) => {
        meter.createHistogram('acme.size').record(1)
        meter.createGauge('acme_size_count').record(2)
      },
      'acme_size_count',
    ],
    [
      "the engine's own",
      (meter) => meter.createUpDownCounter('compozy_http_requests_in_flight').add(2),
      'compozy_http_requests_in_flight',
    ],
  ])('Should be the first one alone, and an error: %s', async (_, record, taken) => {
    const { bodyOf, seen } = await serve(record)
    const lines = (await bodyOf('text/plain')).toString().split('\n')
    expect(lines.filter((line) => line.startsWith(`${taken} `))).toEqual([
      expect.stringMatching(/ [17]$/),
    ])
    expect(seen.errors).toEqual([
      `the name ${taken} is taken by another metric; rename the instrument of the Meter`,
    ])
  })

  it.each<[string, (meter: Meter) => void, string, string]>([
    [
      'the created sample of a counter',
      (meter) => {
        meter.createCounter('acme_made').add(1)
        meter.createGauge('acme_made_created').record(2)
      },
      'acme_made_total 1',
      'acme_made_created',
    ],
    [
      'the created sample of a histogram',
      (meter) => {
        meter.createGauge('acme_size_created').record(2)
        meter.createHistogram('acme_size').record(1)
      },
      'acme_size_created 2',
      'acme_size',
    ],
    [
      'the family of a counter, which has no _total',
      (meter) => {
        meter.createHistogram('acme_size').record(1)
        meter.createCounter('acme_size_count').add(3)
      },
      'acme_size_count 1',
      'acme_size_count_total',
    ],
    [
      'the family of a counter and a gauge',
      (meter) => {
        meter.createGauge('acme_jobs').record(2)
        meter.createCounter('acme_jobs').add(3)
      },
      'acme_jobs 2',
      'acme_jobs_total',
    ],
  ])(
    'Should be the first one alone in every format, where OpenMetrics has both: %s',
    async (_, record, kept, taken) => {
      const { bodyOf, lines, seen } = await serve(record)
      expect(await lines()).toContain(kept)
      const openmetrics = (await bodyOf(contentTypes.openmetrics)).toString()
      const names = [...openmetrics.matchAll(/^# TYPE (acme\S+) /gm)].map(([, name]) => name)
      expect(names).toHaveLength(1)
      expect(parseExposition(openmetrics)).toHaveProperty('families')
      const message = `the name ${taken} is taken by another metric; rename the instrument of the Meter`
      expect(new Set(seen.errors)).toEqual(new Set([message]))
    },
  )

  it('Should both be there where only their beginnings are equal', async () => {
    const { bodyOf, lines, seen } = await serve((meter) => {
      meter.createHistogram('acme.size').record(1)
      meter.createGauge('acme_size_counts').record(2)
      meter.createCounter('acme_size_counted').add(3)
      meter.createGauge('acme_size_total').record(4)
      meter.createGauge('acme_level').record(5)
      meter.createGauge('acme_level_created').record(6)
    })
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'acme_size_count 1',
        'acme_size_counts 2',
        'acme_size_counted_total 3',
        'acme_size_total 4',
        'acme_level 5',
        'acme_level_created 6',
      ]),
    )
    expect(parseExposition((await bodyOf(contentTypes.openmetrics)).toString())).toHaveProperty(
      'families',
    )
    expect(seen.errors).toEqual([])
  })
})
