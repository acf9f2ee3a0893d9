import type { Meter } from '@opentelemetry/api'
import { CompozyError } from '../../core/errors.ts'
import { otherLabel, type Family, type LabelsOf } from './catalogue/family.ts'
import type { Instrument, SlotOf, Registry } from './instruments/registry.ts'

/** Labels of a metric with the values that each can have. */
export type ClosedLabels = Readonly<Record<string, readonly string[]>>

/** A metric of your own. */
export interface MetricDefinition<L extends ClosedLabels> {
  /** As exported: lower case with underscores, in a base unit; a counter ends in `_total`. */
  readonly name: string
  readonly help: string
  readonly labels?: L
}

/** A histogram of your own; `buckets` are its upper bounds, rising, without +Inf. */
export interface HistogramDefinition<L extends ClosedLabels> extends MetricDefinition<L> {
  readonly buckets: readonly number[]
}

/** One value for each label; nothing where there are no labels. */
type Values<L extends ClosedLabels> = keyof L extends never
  ? []
  : [labels: { readonly [K in keyof L]: L[K][number] }]

/** Adds up. `with` finds a series: ask once and keep it, and adding is free. */
export interface Counter<L extends ClosedLabels> {
  with(...labels: Values<L>): { add(amount?: number): void }
}

/** Goes up and down. */
export interface Gauge<L extends ClosedLabels> {
  with(...labels: Values<L>): { set(value: number): void; add(amount: number): void }
}

/** Spreads values over buckets. */
export interface Histogram<L extends ClosedLabels> {
  with(...labels: Values<L>): { observe(value: number): void }
}

type NoLabels = { readonly [K in never]: readonly string[] }

/**
 * Metrics of your own beside the engine's. The same definition twice gives the same instrument; one that breaks a rule
 * or differs from an earlier one throws CompozyError `metric_invalid` here, and never at a scrape. Recording never
 * throws. Disabled, all of it does nothing.
 *
 * @example
 * const signUps = metrics.counter({ name: 'acme_sign_ups_total', help: 'Sign-ups.', labels: { plan: ['free', 'pro'] } })
 * signUps.with({ plan: 'pro' }).add()
 */
export interface CustomMetrics {
  counter<const L extends ClosedLabels = NoLabels>(definition: MetricDefinition<L>): Counter<L>
  gauge<const L extends ClosedLabels = NoLabels>(definition: MetricDefinition<L>): Gauge<L>
  histogram<const L extends ClosedLabels = NoLabels>(
    definition: HistogramDefinition<L>,
  ): Histogram<L>
  /** The plain OpenTelemetry Meter, whose instruments appear on the same endpoint. */
  meter(): Promise<Meter>
}

/** Beginnings of names that belong to somebody. */
const reservedPrefixes = [
  'compozy_',
  'process_',
  'nodejs_',
  'temporal_',
  'prometheus_',
  'scrape_',
  'otel_',
]
const reservedLabels = ['le', 'quantile', 'job', 'instance']
const nameRule = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/

function refuse(name: string, why: string): never {
  throw new CompozyError('metric_invalid', `metric "${name}": ${why}`)
}

type Definition = MetricDefinition<ClosedLabels> & Partial<HistogramDefinition<ClosedLabels>>

function familyOf<K extends Family['kind']>(
  kind: K,
  { name, help, labels = {}, buckets }: Definition,
): Family & { kind: K } {
  if (!nameRule.test(name))
    refuse(name, 'a name is lower case: letters, digits and single underscores')
  const prefix = reservedPrefixes.find((reserved) => name.startsWith(reserved))
  if (prefix !== undefined) refuse(name, `names that begin with ${prefix} are taken`)
  if (kind === 'counter' && !name.endsWith('_total'))
    refuse(name, "a counter's name ends in _total")
  if (kind !== 'counter' && /_(total|count|sum|bucket)$/.test(name))
    refuse(name, `no ${kind}'s name ends so`)
  if (help.trim() === '') refuse(name, 'help says what is counted')
  for (const [label, values] of Object.entries(labels)) {
    if (!nameRule.test(label))
      refuse(name, `the label "${label}" must be lower case with single underscores`)
    if (reservedLabels.includes(label)) refuse(name, `the label "${label}" is Prometheus's own`)
    if (values.length === 0) refuse(name, `the label "${label}" has no values`)
  }
  if (kind === 'histogram') {
    const rising = (buckets ?? []).every(
      (bound, i, all) => Number.isFinite(bound) && (i === 0 || bound > all[i - 1]!),
    )
    if (!rising || buckets?.length === 0) refuse(name, 'buckets must be finite and rise strictly')
  }
  return {
    name,
    kind,
    help,
    labels: Object.fromEntries(
      Object.entries(labels).map(([label, values]) => [
        label,
        { values: [...values, otherLabel], doc: help },
      ]),
    ),
    ...(buckets && { buckets }),
    example: name,
    stability: 'stable',
  }
}

type Slots<K extends Family['kind']> = (
  labels?: Readonly<Record<string, string>>,
) => SlotOf<Family & { kind: K }>

interface Known {
  readonly definition: string
  readonly slots: Slots<Family['kind']>
}

/** The part of {@link CustomMetrics} that records, to this registry. */
export function createCustomInstruments(registry: Registry): Omit<CustomMetrics, 'meter'> {
  const known = new Map<string, Known>()

  function define<K extends Family['kind']>(kind: K, definition: Definition): Slots<K> {
    const { name, help, labels = {}, buckets } = definition
    const text = JSON.stringify([kind, help, labels, buckets])
    const found = known.get(name)
    if (found?.definition === text) return found.slots
    if (found !== undefined) refuse(name, 'it is defined already, and differently')
    const family = familyOf(kind, definition)
    if (registry.has(name)) refuse(name, 'the name is taken')
    const instrument: Instrument<
      Family & { kind: K },
      SlotOf<Family & { kind: K }>
    > = registry.instrument(family)
    const allowed = Object.entries(labels).map(
      ([label, values]) => [label, new Set(values)] as const,
    )
    const slots: Slots<K> = (given = {}) => {
      // Callers without types may say anything.
      const closed = allowed.map(([label, values]) => {
        const value = given[label] ?? otherLabel
        return [label, values.has(value) ? value : otherLabel] as const
      })
      return instrument(Object.fromEntries(closed) as LabelsOf<Family & { kind: K }>)
    }
    known.set(name, { definition: text, slots })
    return slots
  }

  return {
    counter: (definition) => {
      const slotOf = define('counter', definition)
      return {
        with: (...labels) => {
          const slot = slotOf(...labels)
          // A counter that falls would look like a restart.
          return { add: (amount = 1) => (amount > 0 ? slot.add(amount) : undefined) }
        },
      }
    },
    gauge: (definition) => {
      const slotOf = define('gauge', definition)
      return {
        with: (...labels) => {
          const slot = slotOf(...labels)
          return {
            add: (amount) => slot.add(amount),
            set: (value) => {
              slot.value = value
            },
          }
        },
      }
    },
    histogram: (definition) => {
      const slotOf = define('histogram', definition)
      return { with: (...labels) => slotOf(...labels) }
    },
  }
}
