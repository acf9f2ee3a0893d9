/** A measured figure with its 95 % interval. */
export interface Figure {
  readonly value: number
  readonly unit: string
  readonly low: number
  readonly high: number
}

/**
 * Mean of what is left when a fifth of the values is cut from each end: a pause of the machine
 * moves it little.
 */
export function trimmedMean(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const cut = Math.floor(sorted.length / 5)
  const kept = sorted.slice(cut, sorted.length - cut)
  return kept.reduce((sum, value) => sum + value, 0) / kept.length
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

/**
 * The trimmed mean with its bootstrap interval: what it would have been with other luck in the same
 * rounds.
 */
export function estimate(values: readonly number[], unit: string, random: () => number): Figure {
  const draws = Array.from({ length: 1_000 }, () =>
    trimmedMean(values.map(() => values[Math.floor(random() * values.length)]!)),
  ).toSorted((a, b) => a - b)
  return { value: trimmedMean(values), unit, low: draws[25]!, high: draws[974]! }
}
