import type { HrTime } from '@opentelemetry/api'
import { openMetricsNames } from '../../../core/custom-metric.ts'
import { otherLabel, type Family, type Label, type LabelsOf } from '../catalogue.ts'
import { NativeHistogram, type NativeOptions } from './native-histogram.ts'
import { HistogramSlot, ValueSlot } from './slots.ts'

/** Converts ms since 1970 to seconds and nanoseconds. */
export function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1_000)
  return [seconds, Math.round((ms - seconds * 1_000) * 1e6)]
}

/** When values that are read during a scrape were 0. */
const processStart = hrTime(performance.timeOrigin)

/** One exported series: its labels in the order of the family, and its slot. */
export interface Series<S> {
  readonly labels: Readonly<Record<string, string>>
  readonly slot: S
  /** When its value was 0. */
  readonly startTime: HrTime
}

/** A family with its series. */
export type Collected =
  | { readonly family: Family; readonly series: readonly Series<ValueSlot>[] }
  | { readonly family: Family; readonly series: readonly Series<HistogramSlot>[] }

/**
 * Returns the slot of a label set, created on first use. Keep the slot: recording is then cheap.
 */
export type Instrument<F extends Family, S> = (labels: LabelsOf<F>) => S

/** Returns the values of series that are read during a scrape. A throw fails the scrape. */
export type Observe<F extends Family> = () => readonly {
  readonly labels: LabelsOf<F>
  readonly value: number
}[]

/** The type of slot for a family's kind. */
export type SlotOf<F extends Family> = F['kind'] extends 'histogram' ? HistogramSlot : ValueSlot

/** A family that could not be read. */
export interface CollectError {
  readonly collector: string
  readonly error: unknown
}

/** The families of one service. */
export interface Registry {
  /** Returns the name under which a family of the catalogue is exported. */
  nameOf(family: Pick<Family, 'name'>): string
  /** Registers a family that code records to. */
  instrument<F extends Family>(family: F): Instrument<F, SlotOf<F>>
  /** Registers a family that is read during a scrape. */
  observe<F extends Family>(family: F, read: Observe<F>): void
  /** Returns the names of the families that are read during a scrape, and so may fail then. */
  observed(): readonly string[]
  /** Reports whether a registered family clashes with this one, in either exposition format. */
  has(family: Pick<Family, 'name' | 'kind'>): boolean
  /** Reads one family after another, each when it is asked for. */
  read(): Iterable<Collected | CollectError>
  collect(): { readonly collected: readonly Collected[]; readonly errors: readonly CollectError[] }
}

/** Reports whether only the cardinality limit bounds the values of a label. */
export const isOpen = (label: Label): boolean => 'bound' in label && label.checked !== true

/** Default cardinality limit: label sets of one family before new ones are `other`. */
export const defaultSeriesLimit = 2_000

/** Prefix of the families in the catalogue. */
const cataloguePrefix = /^compozy_/

/** Returns the name under which a family of the catalogue is exported with a prefix. */
export const prefixedName = ({ name }: Pick<Family, 'name'>, prefix?: string): string =>
  prefix === undefined ? name : name.replace(cataloguePrefix, `${prefix}_`)

/** Changes to the catalogue made by configuration. All names in it are exported names. */
export interface RegistryOptions {
  /** Replaces the prefix `compozy` of the catalogue's names. */
  readonly prefix?: string
  /** Label sets of one family before new ones are recorded as `other`. */
  readonly seriesLimit?: number
  /** The same for single families, by name. */
  readonly seriesLimits?: Readonly<Record<string, number>>
  /** Buckets of single histograms, by name. */
  readonly buckets?: Readonly<Record<string, readonly number[]>>
  /** Names of families that are not exported; recording to them has no effect. */
  readonly without?: ReadonlySet<string>
  /** Record native histograms beside the classic ones. */
  readonly native?: NativeOptions
  /** Clock in ms since 1970, for tests. */
  readonly now?: () => number
  /** Called each time a label set of a full family is recorded as `other`. */
  readonly onDropped?: (family: string) => void
}

interface RegisteredFamily {
  readonly family: Family
  readonly observed?: true
  read(): Collected
}

/**
 * Creates a registry. Past the cardinality limit, a new label set of a family is recorded under
 * `other`: sums stay correct and memory bounded.
 */
export function createRegistry(options: RegistryOptions = {}): Registry {
  const {
    seriesLimit = defaultSeriesLimit,
    seriesLimits = {},
    buckets = {},
    without,
    native,
    now = Date.now,
    onDropped,
    prefix,
  } = options
  const registered: RegisteredFamily[] = []
  const claimed = new Set<string>()

  const has = ({ name, kind }: Pick<Family, 'name' | 'kind'>): boolean =>
    openMetricsNames(name, kind).some((taken) => claimed.has(taken))

  const nameOf = (family: Pick<Family, 'name'>): string => prefixedName(family, prefix)

  function register(entry: RegisteredFamily): void {
    const { family } = entry
    if (has(family)) throw new Error(`family ${family.name} is declared twice`)
    for (const name of openMetricsNames(family.name, family.kind)) claimed.add(name)
    registered.push(entry)
  }

  function* read(): Generator<Collected | CollectError> {
    for (const entry of registered) {
      let found: Collected | CollectError
      try {
        found = entry.read()
      } catch (error) {
        found = { collector: entry.family.name, error }
      }
      yield found
    }
  }

  const newNative = (): NativeHistogram | undefined =>
    native === undefined ? undefined : new NativeHistogram(native)

  return {
    nameOf,

    has,

    instrument<F extends Family>(declared: F): Instrument<F, SlotOf<F>> {
      const name = nameOf(declared)
      const own = buckets[name]
      const family: Family =
        own === undefined ? { ...declared, name } : { ...declared, name, buckets: own }
      const limit = seriesLimits[family.name] ?? seriesLimit
      const names = Object.keys(family.labels)
      const open = names.filter((name) => isOpen(family.labels[name]!))
      const bounds = Object.freeze([...(family.buckets ?? [])])
      const slots = new Map<string, HistogramSlot | ValueSlot>()
      const series: Series<HistogramSlot | ValueSlot>[] = []
      const newSlot = (): HistogramSlot | ValueSlot =>
        family.kind === 'histogram' ? new HistogramSlot(bounds, newNative()) : new ValueSlot()
      if (without?.has(family.name)) {
        const nowhere = newSlot()
        return () => nowhere as SlotOf<F>
      }
      const find = (labels: Readonly<Record<string, string>>): HistogramSlot | ValueSlot => {
        const key = names.map((name) => labels[name]).join('\u0000')
        const found = slots.get(key)
        if (found !== undefined) return found
        const folds = open.some((name) => labels[name] !== otherLabel)
        if (series.length >= limit && folds) {
          onDropped?.(family.name)
          return find({ ...labels, ...Object.fromEntries(open.map((name) => [name, otherLabel])) })
        }
        const slot = newSlot()
        const ordered = Object.fromEntries(names.map((name) => [name, labels[name] ?? '']))
        slots.set(key, slot)
        series.push({ labels: ordered, slot, startTime: hrTime(now()) })
        return slot
      }
      register({ family, read: () => ({ family, series: [...series] }) as Collected })
      return ((labels: LabelsOf<F>) =>
        find(labels as Readonly<Record<string, string>>)) as Instrument<F, SlotOf<F>>
    },

    observe<F extends Family>(declared: F, read: Observe<F>): void {
      const family = { ...declared, name: nameOf(declared) }
      if (without?.has(family.name)) return
      register({
        family,
        observed: true,
        read: () => ({
          family,
          series: read().map(({ labels, value }) => ({
            labels: labels as Readonly<Record<string, string>>,
            slot: new ValueSlot(value),
            startTime: processStart,
          })),
        }),
      })
    },

    observed: () =>
      registered.filter(({ observed }) => observed === true).map(({ family }) => family.name),

    read,

    collect() {
      const all = [...read()]
      return {
        collected: all.filter((found) => 'family' in found),
        errors: all.filter((found) => 'collector' in found),
      }
    },
  }
}
