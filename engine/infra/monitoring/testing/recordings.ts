import { emptyResource } from '@opentelemetry/resources'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import * as fc from 'fast-check'
import { defined } from '../../../core/defined.ts'
import type { Family } from '../catalogue.ts'
import { createProducer } from '../instruments/producer.ts'
import { createRegistry, type RegistryOptions } from '../instruments/registry.ts'
import type { HistogramSlot, ValueSlot } from '../instruments/slots.ts'

/** A family and its recorded values. */
export interface Recorded {
  readonly family: Family
  readonly values: readonly { readonly labels: Record<string, string>; readonly value: number }[]
}

/** What the reader collects after these values were recorded. */
export async function collect(
  recorded: readonly Recorded[],
  options: RegistryOptions = {},
): Promise<ResourceMetrics> {
  const registry = createRegistry(options)
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

/** A family for a test; a histogram has three buckets. */
export const family = (
  name: string,
  kind: Family['kind'],
  labels: readonly string[],
  extra: Partial<Family> = {},
): Family =>
  defined({
    name,
    kind,
    help: `Help of ${name}.`,
    labels: Object.fromEntries(labels.map((label) => [label, { bound: 'test', doc: '' }])),
    example: name,
    stability: 'stable',
    buckets: kind === 'histogram' ? [0.1, 1, 10] : undefined,
    ...extra,
  })

/** What a label may hold at worst; no lone surrogates, which no encoding can carry. */
const hostileText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('"', '\\', '\n', '{', '}', ',', '=', ' ', '\r', 'n') }),
)

/** Recordings to up to six families, with hostile label values. */
export const recordings = fc
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
