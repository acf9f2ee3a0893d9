/** Watches for runs whose workflow tasks keep failing or timing out. */
export interface StuckRuns {
  /** Describes them; undefined if there are none, or none are known yet. */
  trouble(): string | undefined
}

/** Shortest time between two queries to Temporal, ms. */
const everyMs = 30_000

/**
 * {@link StuckRuns} that asks only when somebody looks, and answers with what the last count gave.
 * Such runs are shown and metered, not closed: the fault is often the build's, and they go on once
 * a worker with a mended build takes them. A person who wants one closed terminates it.
 */
export function createStuckRuns(
  count: () => Promise<number>,
  now: () => number = () => performance.now(),
): StuckRuns {
  let askedAt = -Infinity
  let known = 0
  return {
    trouble() {
      if (now() - askedAt >= everyMs) {
        askedAt = now()
        // Without an answer, the last count stays; Temporal's own check reports the outage.
        count().then(
          (runs) => (known = runs),
          () => undefined,
        )
      }
      return known === 0 ? undefined : `stuck on a failing workflow task: ${known}`
    },
  }
}
