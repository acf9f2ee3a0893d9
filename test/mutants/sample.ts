/** Takes `size` items by a seed: the same seed always takes the same items. Order is kept. */
export function sample<T>(items: readonly T[], size: number, seed: number): readonly T[] {
  const random = mulberry32(seed)
  const ranked = items.map((item, index) => ({ item, index, rank: random() }))
  const taken = ranked.toSorted((a, b) => a.rank - b.rank).slice(0, size)
  return taken.toSorted((a, b) => a.index - b.index).map(({ item }) => item)
}

/** The generator mulberry32: small, and good enough to choose a sample. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
