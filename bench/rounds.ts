/** Values of each arm, round by round; the same index is the same round. */
export type Rounds<A extends string> = Record<A, number[]>

/** What rounds are made of. */
export interface RoundsOptions<A extends string> {
  readonly arms: readonly A[]
  readonly rounds: number
  /** One value of one arm. */
  readonly measure: (arm: A) => number | Promise<number>
  /** Chance of the run, between 0 and 1. */
  readonly random: () => number
  readonly progress: (share: number) => void
}

/** The same values in an order drawn anew. */
export function shuffled<T>(values: readonly T[], random: () => number): T[] {
  const drawn = [...values]
  for (let left = drawn.length - 1; left > 0; left--) {
    const other = Math.floor(random() * (left + 1))
    ;[drawn[left], drawn[other]] = [drawn[other]!, drawn[left]!]
  }
  return drawn
}

/**
 * Measures every arm in every round, in an order drawn anew for each: a drift of the machine falls
 * on all of them, and none always follows the same other one, whose garbage it would collect.
 */
export async function alternate<A extends string>(options: RoundsOptions<A>): Promise<Rounds<A>> {
  const { arms, rounds, measure, random, progress } = options
  const raw = Object.fromEntries(arms.map((arm) => [arm, [] as number[]])) as Rounds<A>
  for (let round = 0; round < rounds; round++) {
    for (const arm of shuffled(arms, random)) raw[arm].push(await measure(arm))
    progress((round + 1) / rounds)
    await new Promise(setImmediate)
  }
  return raw
}

/**
 * Quotients of an arm and another one, round by round; of several others (the same code twice)
 * their mean.
 */
export function ratios<A extends string>(raw: Rounds<A>, of: A, ...to: readonly A[]): number[] {
  return raw[of].map(
    (value, i) => (value * to.length) / to.reduce((sum, arm) => sum + raw[arm][i]!, 0),
  )
}
