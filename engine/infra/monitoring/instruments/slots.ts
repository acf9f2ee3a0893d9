/**
 * What recording writes to: plain numbers on an object that was found once. A slot belongs to one set of labels;
 * adding to it allocates nothing.
 */
export class ValueSlot {
  /** The number that is exported. */
  value: number

  constructor(value = 0) {
    this.value = value
  }

  /** Adds to a counter (never negative) or a gauge. */
  add(amount = 1): void {
    this.value += amount
  }
}

/** The slot of a histogram: how many observations fell under each bound, and their sum. */
export class HistogramSlot {
  readonly bounds: readonly number[]
  /** One more than bounds: the last is everything above. Not cumulative. */
  readonly counts: Float64Array
  sum = 0

  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.counts = new Float64Array(bounds.length + 1)
  }

  /** Records one value; one that is no number is left out, for it would spoil the sum for good. */
  observe(value: number): void {
    if (Number.isNaN(value)) return
    const { bounds } = this
    let index = 0
    while (index < bounds.length && value > bounds[index]!) index++
    this.counts[index]!++
    this.sum += value
  }
}
