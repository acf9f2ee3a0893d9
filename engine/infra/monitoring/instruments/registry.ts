import { otherLabel, type Family, type LabelsOf } from '../catalogue.ts'
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

type KindOf<F extends Family> = F['kind'] extends 'histogram' ? HistogramSlot : ValueSlot

/** The instruments of one service. There is no global one. */
export interface Registry {
  /** Declares a family that code records to. */
  instrument<F extends Family>(family: F): Instrument<F, KindOf<F>>
  /** Declares a family that is read at scrape time. */
  observe<F extends Family>(family: F, read: Observe<F>): void
  collect(): readonly Collected[]
}

/** Series of one family that is not closed by its catalogue, before further ones fall together. */
export const defaultSeriesLimit = 2_000

interface Kept {
  readonly family: Family
  read(): Collected
}

/**
 * A registry. `seriesLimit` guards every family: past it a new label set is recorded under `other` (for labels that
 * are not closed), so that sums stay right and memory bounded.
 */
export function createRegistry({
  seriesLimit = defaultSeriesLimit,
}: { seriesLimit?: number } = {}): Registry {
  const kept = new Map<string, Kept>()

  function keep(entry: Kept): void {
    const { name } = entry.family
    if (kept.has(name)) throw new Error(`family ${name} is declared twice`)
    kept.set(name, entry)
  }

  return {
    instrument<F extends Family>(family: F): Instrument<F, KindOf<F>> {
      const names = Object.keys(family.labels)
      const open = names.filter((name) => 'bound' in family.labels[name]!)
      const series = new Map<string, Series<HistogramSlot | ValueSlot>>()
      const find = (labels: Readonly<Record<string, string>>): HistogramSlot | ValueSlot => {
        const key = names.map((name) => labels[name]).join('\u0000')
        const found = series.get(key)
        if (found !== undefined) return found.slot
        const folds = open.some((name) => labels[name] !== otherLabel)
        if (series.size >= seriesLimit && folds) {
          return find({ ...labels, ...Object.fromEntries(open.map((name) => [name, otherLabel])) })
        }
        const slot = family.kind === 'histogram' ? new HistogramSlot(family.buckets ?? []) : new ValueSlot()
        const ordered = Object.fromEntries(names.map((name) => [name, labels[name] ?? '']))
        series.set(key, { labels: ordered, slot })
        return slot
      }
      keep({ family, read: () => ({ family, series: [...series.values()] }) as Collected })
      return ((labels: LabelsOf<F>) => find(labels as Readonly<Record<string, string>>)) as Instrument<
        F,
        KindOf<F>
      >
    },

    observe<F extends Family>(family: F, read: Observe<F>): void {
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

    collect: () => [...kept.values()].map((entry) => entry.read()),
  }
}
