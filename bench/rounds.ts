/** Values of each arm, round by round; the same index is the same round. */
export type Rounds<A extends string> = Record<A, number[]>

/** What rounds are made of. */
export interface RoundsOptions<A extends string> {
  readonly arms: readonly A[]
  readonly rounds: number
  /** One value of one arm. */
  readonly measure: (arm: A) => number | Promise<number>
  readonly progress: (share: number) => void
}

/**
 * Measures every arm in every round, there and back in turn (ABC, CBA), so that a drift of the machine falls on every
 * arm alike.
 */
export async function alternate<A extends string>(options: RoundsOptions<A>): Promise<Rounds<A>> {
  const { arms, rounds, measure, progress } = options
  const raw = Object.fromEntries(arms.map((arm) => [arm, [] as number[]])) as Rounds<A>
  for (let round = 0; round < rounds; round++) {
    for (const arm of round % 2 === 0 ? arms : arms.toReversed()) raw[arm].push(await measure(arm))
    progress((round + 1) / rounds)
    await new Promise(setImmediate)
  }
  return raw
}

/** Quotients of two arms, round by round. */
export function ratios<A extends string>(raw: Rounds<A>, of: A, to: A): number[] {
  return raw[of].map((value, i) => value / raw[to][i]!)
}
