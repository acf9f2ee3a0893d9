import { observedBits, type NativeHistogram } from './native-histogram.ts'

/** One observation of a series, and the run or trace that it came from. */
export interface Exemplar {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
  /** When it was recorded, in ms since 1970. */
  readonly at: number
}

/** The value of one label set of a counter or gauge. Recording to it allocates nothing. */
export class ValueSlot {
  /** The exported value. */
  value: number
  /** The run or trace of a recent increment, if exemplars are on. */
  exemplar?: Exemplar | undefined = undefined

  constructor(value = 0) {
    this.value = value
  }

  /** Adds to a counter (never negative) or a gauge. */
  add(amount = 1): void {
    this.value += amount
  }
}

/** The buckets of one label set of a histogram. */
export class HistogramSlot {
  readonly bounds: readonly number[]
  /** One count per bound, plus one for values above the last. Not cumulative. */
  readonly counts: Float64Array
  /** The native buckets of the same values, if they are on. */
  readonly native: NativeHistogram | undefined
  /** A recent run or trace by bucket, if exemplars are on. */
  exemplars: (Exemplar | undefined)[] | undefined = undefined
  sum = 0

  constructor(bounds: readonly number[], native?: NativeHistogram) {
    this.bounds = bounds
    this.counts = new Float64Array(bounds.length + 1)
    this.native = native
  }

  /** Records one value. NaN is ignored: it would poison the sum. */
  observe(value: number): void {
    if (Number.isNaN(value)) return
    // Not a call of bucketOf: V8 allocates for a fraction that it passes to a function.
    const { bounds, native } = this
    let index = 0
    while (index < bounds.length && value > bounds[index]!) index++
    this.counts[index]!++
    this.sum += value
    if (native === undefined) return
    observedBits.setFloat64(0, value)
    native.record()
  }

  /** Returns the index of the bucket that a value falls into. */
  bucketOf(value: number): number {
    const index = this.bounds.findIndex((bound) => value <= bound)
    return index === -1 ? this.bounds.length : index
  }
}
