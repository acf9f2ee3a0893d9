import { otherLabel, type Family, type Label, type LabelsOf } from '../catalogue.ts'
import { HistogramSlot, ValueSlot } from './slots.ts'

/** One exported series: its label values in the order of the family's labels, and its numbers. */
export interface Series<S> {
  readonly labels: Readonly<Record<string, string>>
  readonly slot: S
}

/** A family with its series, as the producer reads it. */
export type Collected =
  | { readonly family: Family; readonly series: readonly Series<ValueSlot>[] }
  | { readonly family: Family; readonly series: readonly Series<HistogramSlot>[] }

/** Gives the slot of a label set, made when it is first asked for. Ask once and keep it: recording is then free. */
export type Instrument<F extends Family, S> = (labels: LabelsOf<F>) => S

/** Values of a series that is read when it is scraped. A throw fails the scrape. */
export type Observe<F extends Family> = () => readonly {
  readonly labels: LabelsOf<F>
  readonly value: number
}[]

/** The slot that a family's kind records to. */
export type KindOf<F extends Family> = F['kind'] extends 'histogram' ? HistogramSlot : ValueSlot

/** A family that could not be read; the others were. */
export interface CollectError {
  readonly collector: string
  readonly error: unknown
}

/** The instruments of one service. There is no global one. */
export interface Registry {
  /** Declares a family that code records to. */
  instrument<F extends Family>(family: F): Instrument<F, KindOf<F>>
  /** Declares a family that is read at scrape time. */
  observe<F extends Family>(family: F, read: Observe<F>): void
  has(name: string): boolean
  collect(): { readonly collected: readonly Collected[]; readonly errors: readonly CollectError[] }
}

/** Whether only a limit bounds the values of a label. */
export const isOpen = (label: Label): boolean => 'bound' in label && label.checked !== true

/** Series of one family that is not closed by its catalogue, before further ones fall together. */
export const defaultSeriesLimit = 2_000

/** What an installation changes of the catalogue. */
export interface RegistryOptions {
  /** Label sets of one family before new ones fall to `other`. */
  readonly seriesLimit?: number
  /** The same for single families, by name. */
  readonly seriesLimits?: Readonly<Record<string, number>>
  /** Buckets of single histograms, by name. */
  readonly buckets?: Readonly<Record<string, readonly number[]>>
  /** Names of families that are not exported; recording to them costs nothing and goes nowhere. */
  readonly without?: ReadonlySet<string>
  /** Told each time a label set of a full family is recorded as `other`. */
  readonly onDropped?: (family: string) => void
}

interface Kept {
  readonly family: Family
  read(): Collected
}

/**
 * A registry. Its limit guards every label that is not a closed set: past it a new label set is recorded under
 * `other`, so that sums stay right and memory bounded.
 */
export function createRegistry(options: RegistryOptions = {}): Registry {
  const {
    seriesLimit = defaultSeriesLimit,
    seriesLimits = {},
    buckets = {},
    without,
    onDropped,
  } = options
  const kept = new Map<string, Kept>()

  function keep(entry: Kept): void {
    const { name } = entry.family
    if (kept.has(name)) throw new Error(`family ${name} is declared twice`)
    kept.set(name, entry)
  }

  return {
    has: (name) => kept.has(name),

    instrument<F extends Family>(declared: F): Instrument<F, KindOf<F>> {
      const family: Family = {
        ...declared,
        ...(buckets[declared.name] && { buckets: buckets[declared.name]! }),
      }
      const limit = seriesLimits[family.name] ?? seriesLimit
      const names = Object.keys(family.labels)
      const open = names.filter((name) => isOpen(family.labels[name]!))
      const bounds = Object.freeze([...(family.buckets ?? [])])
      const series = new Map<string, Series<HistogramSlot | ValueSlot>>()
      const newSlot = (): HistogramSlot | ValueSlot =>
        family.kind === 'histogram' ? new HistogramSlot(bounds) : new ValueSlot()
      if (without?.has(family.name)) {
        const nowhere = newSlot()
        return () => nowhere as KindOf<F>
      }
      const find = (labels: Readonly<Record<string, string>>): HistogramSlot | ValueSlot => {
        const key = names.map((name) => labels[name]).join('\u0000')
        const found = series.get(key)
        if (found !== undefined) return found.slot
        const folds = open.some((name) => labels[name] !== otherLabel)
        if (series.size >= limit && folds) {
          onDropped?.(family.name)
          return find({ ...labels, ...Object.fromEntries(open.map((name) => [name, otherLabel])) })
        }
        const slot = newSlot()
        const ordered = Object.fromEntries(names.map((name) => [name, labels[name] ?? '']))
        series.set(key, { labels: ordered, slot })
        return slot
      }
      keep({ family, read: () => ({ family, series: [...series.values()] }) as Collected })
      return ((labels: LabelsOf<F>) =>
        find(labels as Readonly<Record<string, string>>)) as Instrument<F, KindOf<F>>
    },

    observe<F extends Family>(family: F, read: Observe<F>): void {
      if (without?.has(family.name)) return
      keep({
        family,
        read: () => ({
          family,
          series: read().map(({ labels, value }) => ({
            labels: labels as Readonly<Record<string, string>>,
            slot: new ValueSlot(value),
          })),
        }),
      })
    },

    collect() {
      const collected: Collected[] = []
      const errors: CollectError[] = []
      for (const entry of kept.values()) {
        try {
          collected.push(entry.read())
        } catch (error) {
          errors.push({ collector: entry.family.name, error })
        }
      }
      return { collected, errors }
    },
  }
}
