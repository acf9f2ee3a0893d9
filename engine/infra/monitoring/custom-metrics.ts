import type { Meter } from '@opentelemetry/api'
import { misplacedBound, reservedLabels, reservedSuffixOf } from '../../core/custom-metric.ts'
import { CompozyError } from '../../core/errors.ts'
import { isJsonObject } from '../../core/json.ts'
import { unknownKeyIn } from '../../core/nearest.ts'
import { otherLabel, type Family, type LabelsOf } from './catalogue/family.ts'
import type { Instrument, SlotOf, Registry } from './instruments/registry.ts'

/** Labels of a metric, each with its possible values. */
export type ClosedLabels = Readonly<Record<string, readonly string[]>>

/** Definition of a custom metric. */
export interface MetricDefinition<L extends ClosedLabels> {
  /** Exported name: lower case with underscores, in a base unit; counters end in `_total`. */
  readonly name: string
  readonly help: string
  readonly labels?: L
}

/** Definition of a custom histogram; `buckets` are its rising upper bounds without +Inf. */
export interface HistogramDefinition<L extends ClosedLabels> extends MetricDefinition<L> {
  readonly buckets: readonly number[]
}

/** One value per label; empty without labels. */
type Values<L extends ClosedLabels> = keyof L extends never
  ? []
  : [labels: { readonly [K in keyof L]: L[K][number] }]

/** A value that only rises. Keep the result of `with`: adding to it is cheap. */
export interface Counter<L extends ClosedLabels> {
  with(...labels: Values<L>): { add(amount?: number): void }
}

/** A value that rises and falls. */
export interface Gauge<L extends ClosedLabels> {
  with(...labels: Values<L>): { set(value: number): void; add(amount: number): void }
}

/** A distribution of values over buckets. */
export interface Histogram<L extends ClosedLabels> {
  with(...labels: Values<L>): { observe(value: number): void }
}

type NoLabels = { readonly [K in never]: readonly string[] }

/**
 * Custom metrics on the engine's endpoint. Defining the same metric twice returns the same
 * instrument. An invalid or different definition throws CompozyError `metric_invalid` here, never
 * during a scrape. Recording never throws: what is not a number, NaN, what a counter can not rise
 * by and what would make a sum of finite values infinite is not recorded, and counts in
 * `metrics_errors_total{place="custom_metric"}`. A gauge may be set to Infinity, and a histogram
 * counts it in its last bucket. When monitoring is disabled, nothing is recorded.
 *
 * @example
 * const labels = { plan: ['free', 'pro'] } as const
 * const signUps = metrics.counter({ name: 'acme_sign_ups_total', help: 'Sign-ups.', labels })
 * signUps.with({ plan: 'pro' }).add()
 */
export interface CustomMetrics {
  counter<const L extends ClosedLabels = NoLabels>(definition: MetricDefinition<L>): Counter<L>
  gauge<const L extends ClosedLabels = NoLabels>(definition: MetricDefinition<L>): Gauge<L>
  histogram<const L extends ClosedLabels = NoLabels>(
    definition: HistogramDefinition<L>,
  ): Histogram<L>
  /** Returns an OpenTelemetry Meter whose instruments appear on the same endpoint. */
  meter(): Promise<Meter>
}

/** Prefixes of the engine and of other exporters. */
const reservedPrefixes = [
  'compozy_',
  'process_',
  'nodejs_',
  'temporal_',
  'prometheus_',
  'scrape_',
  'otel_',
]
const nameRule = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/

function refuse(name: string, why: string): never {
  throw new CompozyError('metric_invalid', `metric "${name}": ${why}`)
}

const definitionKeys = ['name', 'help', 'labels']

/** Keys of prom-client. */
const keysElsewhere = new Map([['labelNames', 'labels']])

type Definition = MetricDefinition<ClosedLabels> & Partial<HistogramDefinition<ClosedLabels>>

function familyOf<K extends Family['kind']>(
  kind: K,
  { name, help, labels = {}, buckets }: Definition,
): Family & { kind: K } {
  if (typeof name !== 'string' || !nameRule.test(name))
    refuse(name, 'the name must be lower case letters, digits and single underscores')
  const prefix = reservedPrefixes.find((reserved) => name.startsWith(reserved))
  if (prefix !== undefined) refuse(name, `the prefix ${prefix} is reserved; choose another name`)
  if (kind === 'counter' && !name.endsWith('_total'))
    refuse(name, 'the name of a counter must end in _total')
  const reserved = kind === 'counter' ? undefined : reservedSuffixOf(name)
  if (reserved !== undefined)
    refuse(name, `the suffix ${reserved} is reserved; a ${kind} needs another name`)
  if (typeof help !== 'string' || help.trim() === '')
    refuse(name, 'help is empty; say what the metric measures')
  if (!isJsonObject(labels)) refuse(name, 'labels must map each label to its values')
  for (const [label, values] of Object.entries(labels)) {
    if (!nameRule.test(label))
      refuse(name, `the label "${label}" must be lower case with single underscores`)
    if (reservedLabels.has(label))
      refuse(name, `the label "${label}" is reserved by Prometheus; choose another name`)
    if (!Array.isArray(values) || values.length === 0)
      refuse(name, `the label "${label}" has no values`)
    // A lone surrogate has no UTF-8 form, which every format of the endpoint needs.
    if (!values.every((value) => typeof value === 'string' && value.isWellFormed()))
      refuse(name, `the values of the label "${label}" must be text in valid Unicode`)
  }
  const isBounds = Array.isArray(buckets) && buckets.length > 0
  if (kind === 'histogram' && (!isBounds || misplacedBound(buckets) !== undefined))
    refuse(name, 'buckets must be finite and rise strictly')
  const family = {
    name,
    kind,
    help,
    labels: Object.fromEntries(
      Object.entries(labels).map(([label, values]) => [
        label,
        { values: [...values, otherLabel], doc: help },
      ]),
    ),
    example: name,
    stability: 'stable' as const,
  }
  return buckets === undefined ? family : { ...family, buckets }
}

/** Reports whether a counter may rise by an amount: one that falls looks like a restart. */
const isRise = (amount: unknown): boolean => typeof amount === 'number' && amount >= 0

/** Reports whether a sum stays a number, and a finite one if sum and amount are finite. */
const isSummable = (sum: number, amount: number): boolean =>
  Number.isFinite(sum) && Number.isFinite(amount)
    ? Number.isFinite(sum + amount)
    : !Number.isNaN(sum + amount)

type Slots<K extends Family['kind']> = (
  labels?: Readonly<Record<string, string>>,
) => SlotOf<Family & { kind: K }>

interface DefinedMetric {
  readonly definition: string
  readonly slots: Slots<Family['kind']>
}

/**
 * Creates the recording part of {@link CustomMetrics} on a registry. `onRefused` gets the name of
 * the metric of each value that is not recorded.
 */
export function createCustomInstruments(
  registry: Registry,
  onRefused: (name: string) => void = () => undefined,
): Omit<CustomMetrics, 'meter'> {
  const known = new Map<string, DefinedMetric>()

  function define<K extends Family['kind']>(kind: K, definition: Definition): Slots<K> {
    // Callers without types may pass any value.
    if (!isJsonObject(definition))
      throw new CompozyError('metric_invalid', 'a metric needs its definition: { name, help }')
    const { name, help, labels = {}, buckets } = definition
    const keys = kind === 'histogram' ? [...definitionKeys, 'buckets'] : definitionKeys
    const unknown = unknownKeyIn({ ...definition }, keys, keysElsewhere)
    if (unknown !== undefined) refuse(name, unknown)
    const text = JSON.stringify([kind, help, labels, buckets])
    const found = known.get(name)
    if (found?.definition === text) return found.slots
    if (found !== undefined) refuse(name, 'it is already defined differently')
    const family = familyOf(kind, definition)
    if (registry.has(family))
      refuse(name, 'the name is taken by another metric; choose another name')
    const instrument: Instrument<
      Family & { kind: K },
      SlotOf<Family & { kind: K }>
    > = registry.instrument(family)
    const allowed = Object.entries(labels).map(
      ([label, values]) => [label, new Set(values)] as const,
    )
    const slots: Slots<K> = (given) => {
      // Callers without types may pass any value.
      const closed = allowed.map(([label, values]) => {
        const value = given?.[label] ?? otherLabel
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
          return {
            add: (amount = 1) => {
              if (isRise(amount) && slot.value + amount < Infinity) slot.add(amount)
              else onRefused(definition.name)
            },
          }
        },
      }
    },
    gauge: (definition) => {
      const slotOf = define('gauge', definition)
      return {
        with: (...labels) => {
          const slot = slotOf(...labels)
          return {
            // An infinite sum could never be taken back, and NaN would stay for ever.
            add: (amount) => {
              if (Number.isFinite(amount) && isSummable(slot.value, amount)) slot.add(amount)
              else onRefused(definition.name)
            },
            set: (value) => {
              if (typeof value === 'number' && !Number.isNaN(value)) slot.value = value
              else onRefused(definition.name)
            },
          }
        },
      }
    },
    histogram: (definition) => {
      const slotOf = define('histogram', definition)
      return {
        with: (...labels) => {
          const slot = slotOf(...labels)
          return {
            // An infinite value is one, in the last bucket; of finite ones the sum stays finite.
            observe: (value) => {
              if (typeof value === 'number' && isSummable(slot.sum, value)) slot.observe(value)
              else onRefused(definition.name)
            },
          }
        },
      }
    },
  }
}
