/** Watches for runs whose workflow tasks fail or time out again and again. */
export interface StuckRuns {
  /** What to tell of them; undefined when there are none, or none are known yet. */
  trouble(): string | undefined
}

/** How often Temporal is asked, at most, ms. */
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
        // Without an answer the last count stands; Temporal's own check says that it is away.
        count().then(
          (runs) => (known = runs),
          () => undefined,
        )
      }
      return known === 0 ? undefined : `stuck on a failing workflow task: ${known}`
    },
  }
}
