/** A measured figure with its 95 % interval. */
export interface Figure {
  readonly value: number
  readonly unit: string
  readonly low: number
  readonly high: number
}

/** A figure that does not vary. */
export const exactly = (value: number, unit: string): Figure => ({
  value,
  unit,
  low: value,
  high: value,
})

/** The arithmetic mean. */
export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

/**
 * Mean of what is left when a fifth of the values is cut from each end: a pause of the machine
 * moves it little.
 */
export function trimmedMean(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const cut = Math.floor(sorted.length / 5)
  return mean(sorted.slice(cut, sorted.length - cut))
}

/**
 * Mean of the fastest four fifths: the body of a distribution of latencies, which a pause of the
 * machine leaves alone.
 */
export function fastestMean(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return mean(sorted.slice(0, Math.floor(sorted.length * 0.8)))
}

/** The normal quantile of a 95 % interval. */
const normal95 = 1.96

/**
 * How many launches decide to within `halfWidth`, by the spread of those that were made: what is
 * computed before a long run, from a short one.
 *
 * @example launchesNeeded([1, 2, 3], 0.5) // 16: the deviation is 1, and (1.96 × 1 / 0.5)² is 15.4
 */
export function launchesNeeded(values: readonly number[], halfWidth: number): Figure {
  const middle = mean(values)
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0)
  const deviation = Math.sqrt(squares / (values.length - 1))
  const needed = Math.ceil(((normal95 * deviation) / halfWidth) ** 2)
  return { value: needed, unit: 'launches', low: needed, high: needed }
}

/** The value that this share of all values is not above. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? NaN
}

/** A random number generator that repeats its sequence for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Returns rounds as they were, or with other luck: drawn from them again. */
export type Resample = <T>(rounds: readonly T[]) => readonly T[]

/** A figure computed from several sets of rounds, with its bootstrap interval. */
export function estimateFrom(
  compute: (resample: Resample) => number,
  unit: string,
  random: () => number,
): Figure {
  const redraw: Resample = (rounds) =>
    rounds.map(() => rounds[Math.floor(random() * rounds.length)]!)
  const draws = Array.from({ length: 1_000 }, () => compute(redraw)).toSorted((a, b) => a - b)
  return { value: compute((rounds) => rounds), unit, low: draws[25]!, high: draws[974]! }
}

/**
 * The trimmed mean with its bootstrap interval: what it would have been with other luck in the same
 * rounds.
 */
export function estimate(values: readonly number[], unit: string, random: () => number): Figure {
  return estimateFrom((resample) => trimmedMean(resample(values)), unit, random)
}
