import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import { emptyResource } from '@opentelemetry/resources'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Family } from '../catalogue.ts'
import { createProducer } from '../instruments/producer.ts'
import { createRegistry } from '../instruments/registry.ts'
import type { HistogramSlot, ValueSlot } from '../instruments/slots.ts'
import { createWriter, type Format } from './write.ts'

const writer = createWriter()

function writeExposition(collected: ResourceMetrics, format: Format): string {
  return [...writer.write(collected, format)].map(({ text }) => text).join('')
}

interface Recorded {
  readonly family: Family
  readonly values: readonly { readonly labels: Record<string, string>; readonly value: number }[]
}

/** What the reader collects after these values were recorded. */
async function collect(recorded: readonly Recorded[]) {
  const registry = createRegistry()
  for (const { family, values } of recorded) {
    const slotOf = registry.instrument(family) as (
      labels: Record<string, string>,
    ) => HistogramSlot | ValueSlot
    for (const { labels, value } of values) {
      const slot: HistogramSlot | ValueSlot = slotOf(labels)
      if ('observe' in slot) slot.observe(value)
      else slot.add(family.kind === 'counter' ? Math.abs(value) : value)
    }
  }
  const { resourceMetrics } = await createProducer(registry).collect()
  return { ...resourceMetrics, resource: emptyResource() }
}

const family = (
  name: string,
  kind: Family['kind'],
  labels: readonly string[],
  extra: Partial<Family> = {},
): Family => ({
  name,
  kind,
  help: `Help of ${name}.`,
  labels: Object.fromEntries(labels.map((label) => [label, { bound: 'test', doc: '' }])),
  example: name,
  stability: 'stable',
  ...(kind === 'histogram' && { buckets: [0.1, 1, 10] }),
  ...extra,
})

/** What a label may hold at worst; no lone surrogates, which no encoding can carry. */
const hostileText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('"', '\\', '\n', '{', '}', ',', '=', ' ', '\r', 'n') }),
)

const recordings = fc
  .uniqueArray(
    fc.record({
      kind: fc.constantFrom('counter', 'gauge', 'histogram'),
      labels: fc.uniqueArray(fc.constantFrom('method', 'path', 'code'), { maxLength: 3 }),
      values: fc.array(
        fc.record({
          texts: fc.array(hostileText, { minLength: 3, maxLength: 3 }),
          value: fc.double({ noNaN: true, min: -1e6, max: 1e6 }),
        }),
        { maxLength: 5 },
      ),
      index: fc.nat(1_000),
    }),
    { selector: ({ index }) => index, maxLength: 6 },
  )
  .map((all) =>
    all.map(({ kind, labels, values, index }): Recorded => ({
      family: family(kind === 'counter' ? `test_${index}_total` : `test_${index}`, kind, labels),
      values: values.map(({ texts, value }) => ({
        labels: Object.fromEntries(labels.map((label, i) => [label, texts[i]!])),
        value,
      })),
    })),
  )

/**
 * Sample lines of a text, in an order of their own: the two writers sort a histogram's lines
 * differently.
 */
const samples = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .toSorted()

describe('writeExposition', () => {
  it("Should write the same samples as OpenTelemetry's own serializer", async () => {
    await fc.assert(
      fc.asyncProperty(recordings, async (recorded) => {
        const collected = await collect(recorded)
        const oracle = new PrometheusSerializer('', false, undefined, true, true).serialize(
          collected,
        )
        expect(samples(writeExposition(collected, 'text'))).toEqual(samples(oracle))
      }),
      { numRuns: 300 },
    )
  })

  it('Should escape what a label or a help text may hold', async () => {
    const hostile = family('hostile_total', 'counter', ['path'], {
      help: 'a \\ and a\nline and "quotes"',
    })
    const collected = await collect([
      { family: hostile, values: [{ labels: { path: 'a"b\\c\nd' }, value: 1 }] },
    ])
    expect(writeExposition(collected, 'text')).toBe(
      '# HELP hostile_total a \\\\ and a\\nline and "quotes"\n# TYPE hostile_total counter\nhostile_total{path="a\\"b\\\\c\\nd"} 1\n',
    )
    expect(writeExposition(collected, 'openmetrics')).toContain(
      '# HELP hostile a \\\\ and a\\nline and \\"quotes\\"\n',
    )
  })

  it('Should write OpenMetrics with family names, units, canonical bounds and an end', async () => {
    const seconds = family('wait_seconds', 'histogram', [], { unit: 'seconds' })
    const total = family('things_total', 'counter', [])
    const text = writeExposition(
      await collect([
        { family: seconds, values: [{ labels: {}, value: 5 }] },
        { family: total, values: [{ labels: {}, value: 2 }] },
      ]),
      'openmetrics',
    )
    expect(text.split('\n')).toEqual([
      '# HELP wait_seconds Help of wait_seconds.',
      '# TYPE wait_seconds histogram',
      '# UNIT wait_seconds seconds',
      'wait_seconds_bucket{le="0.1"} 0',
      'wait_seconds_bucket{le="1.0"} 0',
      'wait_seconds_bucket{le="10.0"} 1',
      'wait_seconds_bucket{le="+Inf"} 1',
      'wait_seconds_sum 5',
      'wait_seconds_count 1',
      '# HELP things Help of things_total.',
      '# TYPE things counter',
      'things_total 2',
      '# EOF',
      '',
    ])
  })

  it('Should leave out a family without series rather than write its head alone', async () => {
    expect(
      writeExposition(
        await collect([{ family: family('empty_total', 'counter', ['a']), values: [] }]),
        'text',
      ),
    ).toBe('')
  })
})
