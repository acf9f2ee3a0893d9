import type { Family } from '../catalogue.ts'
import type { NativeSnapshot } from './native-histogram.ts'
import type { Collected, Series } from './registry.ts'
import type { Exemplar, HistogramSlot, ValueSlot } from './slots.ts'
import type { Interruptible } from './turns.ts'

/** The values of the series of a counter or gauge at one moment, in the order of the series. */
export interface ValueSnapshot {
  readonly family: Family
  readonly series: readonly Series<ValueSlot>[]
  readonly values: Float64Array
  readonly exemplars: ReadonlyMap<number, Exemplar>
}

/** The values of the series of a histogram; those of one series are of one moment. */
export interface HistogramSnapshot {
  readonly family: Family
  readonly series: readonly Series<HistogramSlot>[]
  /** The counts of the first series, then those of the second, and so on. */
  readonly counts: Float64Array
  readonly sums: Float64Array
  readonly natives: readonly (NativeSnapshot | undefined)[]
  readonly exemplars: ReadonlyMap<number, readonly (Exemplar | undefined)[]>
}

/** The values of a family. */
export type Snapshot = ValueSnapshot | HistogramSnapshot

/** Series that are copied without an interruption. */
export const seriesPerStep = 128

/** Copies the native histograms of some series into two arrays: one allocation, not one each. */
function copyNatives(slots: readonly Series<HistogramSlot>[]): (NativeSnapshot | undefined)[] {
  const total = slots.reduce((sum, { slot }) => sum + (slot.native?.size ?? 0), 0)
  const keys = new Int32Array(total)
  const counts = new Float64Array(total)
  let at = 0
  return slots.map(({ slot: { native } }) => {
    if (native === undefined) return undefined
    const snapshot = native.copyTo(keys, counts, at)
    at += native.size
    return snapshot
  })
}

function* copyHistograms(
  family: Family,
  series: readonly Series<HistogramSlot>[],
): Interruptible<HistogramSnapshot> {
  const width = series[0]?.slot.counts.length ?? 0
  const counts = new Float64Array(series.length * width)
  const sums = new Float64Array(series.length)
  const natives: (NativeSnapshot | undefined)[] = []
  const exemplars = new Map<number, readonly (Exemplar | undefined)[]>()
  for (let start = 0; start < series.length; start += seriesPerStep) {
    yield
    const end = Math.min(start + seriesPerStep, series.length)
    for (let i = start; i < end; i++) {
      const { slot } = series[i]!
      counts.set(slot.counts, i * width)
      sums[i] = slot.sum
      if (slot.exemplars !== undefined) exemplars.set(i, [...slot.exemplars])
    }
    if (series[start]!.slot.native !== undefined)
      natives.push(...copyNatives(series.slice(start, end)))
  }
  return { family, series, counts, sums, natives, exemplars }
}

function* copyValues(
  family: Family,
  series: readonly Series<ValueSlot>[],
): Interruptible<ValueSnapshot> {
  const values = new Float64Array(series.length)
  const exemplars = new Map<number, Exemplar>()
  for (let start = 0; start < series.length; start += seriesPerStep) {
    yield
    const end = Math.min(start + seriesPerStep, series.length)
    for (let i = start; i < end; i++) {
      const { slot } = series[i]!
      values[i] = slot.value
      if (slot.exemplar !== undefined) exemplars.set(i, slot.exemplar)
    }
  }
  return { family, series, values, exemplars }
}

/** Reports whether a snapshot is that of a histogram. */
export const isHistogram = (snapshot: Snapshot): snapshot is HistogramSnapshot => 'sums' in snapshot

/**
 * Copies the values of a family. What is copied within one turn is of one moment; past that, a
 * later series may have counted what an earlier one had not yet. The values of one series always
 * agree.
 */
export function takeSnapshot({ family, series }: Collected): Interruptible<Snapshot> {
  return family.kind === 'histogram'
    ? copyHistograms(family, series as readonly Series<HistogramSlot>[])
    : copyValues(family, series as readonly Series<ValueSlot>[])
}
