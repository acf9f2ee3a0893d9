/** The value of one label set of a counter or gauge. Recording to it allocates nothing. */
export class ValueSlot {
  /** The exported value. */
  value: number

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
  sum = 0

  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.counts = new Float64Array(bounds.length + 1)
  }

  /** Records one value. NaN is ignored: it would poison the sum. */
  observe(value: number): void {
    if (Number.isNaN(value)) return
    const { bounds } = this
    let index = 0
    while (index < bounds.length && value > bounds[index]!) index++
    this.counts[index]!++
    this.sum += value
  }
}
