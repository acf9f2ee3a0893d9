/** Resolution and limits of native histograms. */
export interface NativeOptions {
  /** Buckets per power of two, as an exponent of two: -4 to 3. */
  readonly schema: number
  /** Values up to this distance from 0 are in the zero bucket. */
  readonly zeroThreshold: number
  /** Populated buckets of a series before its resolution is halved. */
  readonly maxBuckets: number
}

/** Buckets grow by 9 %, as with `client_golang`'s factor 1.1; 160 of them span a factor of 10⁶. */
export const nativeDefaults: NativeOptions = {
  schema: 3,
  zeroThreshold: 2 ** -128,
  maxBuckets: 160,
}

/** The coarsest schema: buckets grow by a factor of 2¹⁶. */
const coarsestSchema = -4

const firstCapacity = 8

/** The populated buckets of one sign, by rising key. */
export interface BucketCounts {
  readonly keys: Int32Array
  readonly counts: Float64Array
}

/** A native histogram at one moment. */
export interface NativeSnapshot {
  readonly schema: number
  readonly zeroThreshold: number
  readonly zeroCount: number
  readonly positive: BucketCounts
  readonly negative: BucketCounts
}

/** Counts by key, sorted: a series has tens of buckets among thousands of possible keys. */
class SparseCounts {
  #keys = new Int32Array(firstCapacity)
  #counts = new Float64Array(firstCapacity)
  size = 0

  /** Adds one to a bucket. */
  add(key: number): void {
    const keys = this.#keys
    let low = 0
    let high = this.size
    while (low < high) {
      const middle = (low + high) >>> 1
      if (keys[middle]! < key) low = middle + 1
      else high = middle
    }
    if (low < this.size && keys[low] === key) {
      this.#counts[low]!++
    } else this.#insert(low, key)
  }

  #insert(at: number, key: number): void {
    if (this.size === this.#keys.length) this.#grow()
    this.#keys.copyWithin(at + 1, at, this.size)
    this.#counts.copyWithin(at + 1, at, this.size)
    this.#keys[at] = key
    this.#counts[at] = 1
    this.size++
  }

  #grow(): void {
    const keys = new Int32Array(this.size * 2)
    const counts = new Float64Array(this.size * 2)
    keys.set(this.#keys)
    counts.set(this.#counts)
    this.#keys = keys
    this.#counts = counts
  }

  /** Merges each pair of neighbors: key 2n - 1 and key 2n become key n. */
  halve(): void {
    let last = -1
    for (let i = 0; i < this.size; i++) {
      const key = (this.#keys[i]! + 1) >> 1
      const count = this.#counts[i]!
      if (last >= 0 && this.#keys[last] === key) this.#counts[last]! += count
      else {
        last++
        this.#keys[last] = key
        this.#counts[last] = count
      }
    }
    this.size = last + 1
  }

  /** Copies the buckets to a place in larger arrays, and returns them there. */
  copyTo(keys: Int32Array, counts: Float64Array, at: number): BucketCounts {
    const end = at + this.size
    // Loops: most series have so few buckets that a view for `set` would cost more.
    for (let to = at; to < end; to++) {
      keys[to] = this.#keys[to - at]!
      counts[to] = this.#counts[to - at]!
    }
    return { keys: keys.subarray(at, end), counts: counts.subarray(at, end) }
  }
}

/**
 * Upper bounds of the buckets from 0.5 to 1 in schema 3. Prometheus's own table: `2 ** (i / 8)` is
 * one bit off for some, and a value on the bound would change its bucket.
 */
const finestBounds = [
  0.5, 0.5452538663326288, 0.5946035575013605, 0.6484197773255048, 0.7071067811865475,
  0.7711054127039704, 0.8408964152537144, 0.9170040432046711,
]

/** Returns the upper bounds of the buckets from 0.5 to 1; coarser than that, none. */
const boundsOf = (schema: number): Float64Array =>
  Float64Array.from(
    schema > 0 ? finestBounds.filter((_, index) => index % 2 ** (3 - schema) === 0) : [],
  )

/**
 * The value to record, for its bits. It is not passed as an argument: V8 allocates a number for a
 * fraction that it passes to a function.
 */
export const observedBits = new DataView(new ArrayBuffer(8))
const exponentBias = 1_022
const subnormalShift = 54

/**
 * The exponential buckets of one series, as in `client_golang`: the same keys, and the same halving
 * of the resolution when there are too many buckets. Recording allocates only for a new bucket.
 */
export class NativeHistogram {
  readonly #options: NativeOptions
  #schema: number
  #bounds: Float64Array
  #zeroCount = 0
  readonly #positive = new SparseCounts()
  readonly #negative = new SparseCounts()

  constructor(options: NativeOptions) {
    this.#options = options
    this.#schema = options.schema
    this.#bounds = boundsOf(options.schema)
  }

  /**
   * Records the value of {@link observedBits}, which must not be NaN. Changes the bits. The bucket
   * is the one whose upper bound is the first at or above the value.
   *
   * One function on purpose: V8 would inline parts of it into its callers until those are too large
   * to be inlined themselves, and then allocates for every value that they are given.
   */
  record(): void {
    const bits = observedBits
    const { zeroThreshold } = this.#options
    const value = bits.getFloat64(0)
    const magnitude = Math.abs(value)
    if (magnitude <= zeroThreshold) {
      this.#zeroCount++
      this.#limit()
      return
    }
    // Infinity has the bucket above that of the largest number.
    const infinite = magnitude === Infinity
    bits.setFloat64(0, infinite ? Number.MAX_VALUE : magnitude)
    let exponent = (bits.getUint32(0) >>> 20) - exponentBias
    if (exponent === -exponentBias) {
      bits.setFloat64(0, magnitude * 2 ** subnormalShift)
      exponent = (bits.getUint32(0) >>> 20) - exponentBias - subnormalShift
    }
    bits.setUint32(0, (bits.getUint32(0) & 0xfffff) | (exponentBias << 20))
    const fraction = bits.getFloat64(0)
    const bounds = this.#bounds
    let key = 0
    if (bounds.length === 0) {
      const shift = -this.#schema
      key = ((fraction === 0.5 ? exponent - 1 : exponent) + (1 << shift) - 1) >> shift
    } else {
      let high = bounds.length
      while (key < high) {
        const middle = (key + high) >>> 1
        if (bounds[middle]! < fraction) key = middle + 1
        else high = middle
      }
      key += (exponent - 1) * bounds.length
    }
    if (infinite) key++
    if (value > 0) this.#positive.add(key)
    else this.#negative.add(key)
    this.#limit()
  }

  /** Halves the resolution when there are too many buckets: at most once per value. */
  #limit(): void {
    if (this.#positive.size + this.#negative.size > this.#options.maxBuckets) this.#halve()
  }

  #halve(): void {
    if (this.#schema === coarsestSchema) return
    this.#schema--
    this.#bounds = boundsOf(this.#schema)
    this.#positive.halve()
    this.#negative.halve()
  }

  /** Number of populated buckets, the zero bucket left out. */
  get size(): number {
    return this.#positive.size + this.#negative.size
  }

  snapshot(): NativeSnapshot {
    return this.copyTo(new Int32Array(this.size), new Float64Array(this.size), 0)
  }

  /** Takes a snapshot whose buckets are a part of larger arrays: {@link size} of them from `at`. */
  copyTo(keys: Int32Array, counts: Float64Array, at: number): NativeSnapshot {
    return {
      schema: this.#schema,
      zeroThreshold: this.#options.zeroThreshold,
      zeroCount: this.#zeroCount,
      positive: this.#positive.copyTo(keys, counts, at),
      negative: this.#negative.copyTo(keys, counts, at + this.#positive.size),
    }
  }
}
