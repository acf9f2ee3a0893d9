import type { MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import * as fc from 'fast-check'
import Fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { nativeDefaults } from '../instruments/native-histogram.ts'
import { parseExposition, type Parsed } from '../lint/parse.ts'
import {
  decodeFamilies,
  type DecodedFamily,
  type DecodedHistogram,
  type DecodedLabel,
} from '../testing/protobuf.ts'
import { collect, family, recordings } from '../testing/recordings.ts'
import { createTestMonitoring, testConfig } from '../testing/service.ts'
import { contentTypes } from './format.ts'
import { createProtobufWriter, type HistogramMode } from './protobuf.ts'
import { createTextWriter } from './write.ts'

const textWriter = createTextWriter({ createdSamples: false })

function encode(metrics: ResourceMetrics, mode: HistogramMode = 'classic'): Buffer {
  const pieces = [...createProtobufWriter(mode).write(metrics)]
  return Buffer.concat(pieces.map(({ chunk }) => Buffer.from(chunk)))
}

const textOf = (metrics: ResourceMetrics): string =>
  [...textWriter.write(metrics, 'text')].map(({ chunk }) => chunk).join('')

const kinds = ['counter', 'gauge', 'summary', 'untyped', 'histogram']

const sampleKey = (name: string, labels: Iterable<readonly [string, string]>): string =>
  JSON.stringify([name, ...[...labels].toSorted(([a], [b]) => (a < b ? -1 : 1))])

/** Kind, help and samples of each family, as the text format has them. */
type Contents = Record<string, { kind: string; help: string; samples: Record<string, number> }>

function contentsOfText(text: string): Contents {
  const parsed = parseExposition(text, { format: 'text' }) as Parsed
  return Object.fromEntries(
    parsed.families.map(({ name, kind, help = '', samples }) => [
      name,
      {
        kind,
        help,
        samples: Object.fromEntries(
          samples.map((sample) => [sampleKey(sample.name, sample.labels), sample.value]),
        ),
      },
    ]),
  )
}

function contentsOfProtobuf(families: readonly DecodedFamily[]): Contents {
  const pairs = (labels: readonly DecodedLabel[]): [string, string][] =>
    labels.map(({ name, value }) => [name, value])
  return Object.fromEntries(
    families.map(({ name, help, type, metric }) => {
      const samples = metric.flatMap(({ label, gauge, counter, histogram }) => {
        const labels = pairs(label)
        if (histogram === undefined)
          return [[sampleKey(name, labels), (counter ?? gauge)!.value] as const]
        return [
          ...histogram.bucket.map(({ cumulativeCount, upperBound }) => {
            const le = String(upperBound).replace('Infinity', '+Inf')
            const key = sampleKey(`${name}_bucket`, [...labels, ['le', le]])
            return [key, Number(cumulativeCount)] as const
          }),
          [sampleKey(`${name}_sum`, labels), histogram.sampleSum] as const,
          [sampleKey(`${name}_count`, labels), Number(histogram.sampleCount)] as const,
        ]
      })
      return [name, { kind: kinds[type]!, help, samples: Object.fromEntries(samples) }]
    }),
  )
}

/** Families whose values differ between two scrapes. */
const moving = /^(compozy_metrics_|compozy_uptime_|compozy_http_|process_|nodejs_)/

describe('the protobuf format', () => {
  it('Should hold what the text holds: every family, label and value', async () => {
    await fc.assert(
      fc.asyncProperty(recordings, async (recorded) => {
        const metrics = await collect(recorded)
        expect(contentsOfProtobuf(decodeFamilies(encode(metrics)))).toEqual(
          contentsOfText(textOf(metrics)),
        )
      }),
      { numRuns: 200 },
    )
  })

  it.each(['classic', 'both'] as const)(
    'Should hold the families of a whole service (%s)',
    async (histograms) => {
      const config = { ...testConfig, histograms, process: true, temporalSdk: true }
      const monitoring = await createTestMonitoring({ config })
      monitoring.tools.recordCall({ tool: 'price', outcome: 'ok', durationMs: 20 })
      const meter = await monitoring.metrics.meter()
      meter.createCounter('acme.orders', { description: 'Orders.' }).add(3, { plan: 'pro' })
      meter.createHistogram('acme.size').record(7)
      const app = Fastify()
      monitoring.http.registerEndpoint(app)
      const get = (accept: string) => app.inject({ url: '/metrics', headers: { accept } })
      const protobuf = await get(contentTypes.protobuf)
      expect(protobuf.headers['content-type']).toBe(contentTypes.protobuf)
      const found = contentsOfProtobuf(decodeFamilies(protobuf.rawPayload))
      const text = contentsOfText((await get('text/plain')).body)
      await app.close()
      await monitoring.dispose()

      const shape = (contents: Contents) =>
        Object.entries(contents).map(([name, { kind, help, samples }]) => ({
          name,
          kind,
          help,
          samples: moving.test(name) ? Object.keys(samples) : samples,
        }))
      expect(shape(found)).toEqual(shape(text))
      expect(Object.keys(found)).toEqual(
        expect.arrayContaining(['acme_orders_total', 'acme_size', 'compozy_build_info']),
      )
    },
  )

  it('Should have created timestamps on counters and histograms, each from its first use', async () => {
    const times = [1_000, 2_500.25]
    const metrics = await collect(
      [
        {
          family: family('test_total', 'counter', ['a']),
          values: ['x', 'y'].map((a) => ({ labels: { a }, value: 1 })),
        },
        { family: family('test_level', 'gauge', []), values: [{ labels: {}, value: 1 }] },
        { family: family('test_seconds', 'histogram', []), values: [{ labels: {}, value: 1 }] },
      ],
      { now: () => times.shift() ?? 3_000 },
    )
    const [counter, gauge, histogram] = decodeFamilies(encode(metrics))
    expect(counter!.metric.map(({ counter: found }) => found!.createdTimestamp)).toMatchObject([
      { seconds: 1n, nanos: 0 },
      { seconds: 2n, nanos: 500_250_000 },
    ])
    expect(gauge!.metric[0]!.gauge).not.toHaveProperty('createdTimestamp')
    expect(histogram!.metric[0]!.histogram!.createdTimestamp).toMatchObject({ seconds: 3n })
  })

  it.each([
    ['classic', 4, false],
    ['native', 0, true],
    ['both', 4, true],
  ] as const)(
    'Should have %s histograms where they are asked for',
    async (mode, buckets, native) => {
      const recorded = [
        { family: family('test_seconds', 'histogram', []), values: [{ labels: {}, value: 1.5 }] },
      ]
      const metrics = await collect(recorded, { native: nativeDefaults })
      const histogram = decodeFamilies(encode(metrics, mode))[0]!.metric[0]!.histogram!
      expect(histogram.bucket).toHaveLength(buckets)
      expect(Number(histogram.sampleCount)).toBe(1)
      expect(histogram.sampleSum).toBe(1.5)
      // 1.5 lies between 2^(4/8) and 2^(5/8).
      expect(histogram.positiveSpan).toMatchObject(native ? [{ offset: 5, length: 1 }] : [])
      expect(histogram.schema).toBe(native ? 3 : 0)
    },
  )

  it('Should keep the classic buckets of a histogram without a native one', async () => {
    const recorded = [
      { family: family('test_seconds', 'histogram', []), values: [{ labels: {}, value: 1.5 }] },
    ]
    const metrics = await collect(recorded)
    const histogram = decodeFamilies(encode(metrics, 'native'))[0]!.metric[0]!.histogram!
    expect(histogram.bucket).toHaveLength(4)
    expect(histogram.positiveSpan).toEqual([])
  })

  /** One series of a histogram, and what it decodes to once some of it was replaced. */
  async function decodedWith(change: object, mode: HistogramMode): Promise<DecodedHistogram> {
    const recorded = [
      { family: family('test_seconds', 'histogram', []), values: [{ labels: {}, value: 1.5 }] },
    ]
    const metrics = await collect(recorded, { native: nativeDefaults })
    const [scoped] = metrics.scopeMetrics
    const [metric] = scoped!.metrics
    const dataPoints = [{ ...metric!.dataPoints[0], ...change }]
    const changed = { ...metric, dataPoints } as MetricData
    const scopeMetrics = [{ ...scoped!, metrics: [changed] }]
    return decodeFamilies(encode({ ...metrics, scopeMetrics }, mode))[0]!.metric[0]!.histogram!
  }

  it.each([2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 50])(
    'Should hold counts, and differences of counts, of %d',
    async (many) => {
      const buckets = { boundaries: [1], counts: [many, 1] }
      const empty = { keys: new Int32Array(), counts: new Float64Array() }
      const native = {
        schema: 3,
        zeroThreshold: 0,
        zeroCount: many,
        positive: { keys: new Int32Array([1, 2, 3]), counts: new Float64Array([many, 0, many]) },
        negative: empty,
      }
      const value = { buckets, sum: 1, count: many + 1 }
      const found = await decodedWith({ value, native }, 'both')
      expect(found.sampleCount).toBe(BigInt(many) + 1n)
      expect(found.bucket.map(({ cumulativeCount }) => cumulativeCount)).toEqual([
        BigInt(many),
        BigInt(many) + 1n,
      ])
      expect(found.zeroCount).toBe(BigInt(many))
      expect(found.positiveDelta).toEqual([BigInt(many), -BigInt(many), BigInt(many)])
    },
  )

  it('Should have the newest ten exemplars of a native histogram in order of time, and none elsewhere', async () => {
    const times = [7, 3, 11, 1, 9, 5, 12, 2, 10, 4, 8, 6]
    const exemplars = [
      undefined,
      ...times.map((at) => ({ labels: { exec_id: `run-${at}` }, value: at, at })),
    ]
    const found = await decodedWith({ exemplars }, 'native')
    expect(found.exemplars.map(({ value }) => value)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    expect((await decodedWith({ exemplars }, 'both')).exemplars).toHaveLength(10)
    const classic = await decodedWith({ exemplars }, 'classic')
    expect(classic.exemplars).toEqual([])
    expect(classic.bucket.map(({ exemplar }) => exemplar?.value)).toEqual([undefined, 7, 3, 11])
  })

  it('Should not decode when a byte is missing', async () => {
    const whole = encode(
      await collect([
        { family: family('test_total', 'counter', []), values: [{ labels: {}, value: 1 }] },
      ]),
    )
    expect(decodeFamilies(whole)).toHaveLength(1)
    expect(() => decodeFamilies(whole.subarray(0, -1))).toThrow('cut off')
  })
})
