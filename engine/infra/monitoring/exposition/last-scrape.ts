/** Knows how regularly this process is scraped, so that a stop can wait for one scrape more. */
export interface ScrapeRhythm {
  /** Records a successful scrape that took this long, in seconds. */
  record(seconds: number): void
  /**
   * Waits for a scrape that begins from now on, at most `withinMs`, and no longer than the rhythm
   * of the last scrapes lets expect. Returns at once without regular scrapes.
   */
  next(withinMs: number): Promise<void>
}

/** Gaps between scrapes that the rhythm is judged by. */
const judgedGaps = 3
/** A scrape that is this much later than expected is not coming. */
const tolerance = 1.5

/** {@link ScrapeRhythm} on a clock in ms. */
export function createScrapeRhythm(now: () => number = () => performance.now()): ScrapeRhythm {
  const begun: number[] = []
  let waiting: { readonly since: number; readonly resolve: () => void } | undefined

  /** How long a next scrape may take to come, in ms; 0 when none is expected. */
  function expectedWithin(): number {
    if (begun.length <= judgedGaps) return 0
    const gaps = begun.slice(1).map((time, index) => time - begun[index]!)
    const shortest = Math.min(...gaps)
    const due = begun.at(-1)! + shortest * tolerance
    return Math.max(0, due - now() + shortest * (tolerance - 1))
  }

  return {
    record(seconds) {
      const at = now() - seconds * 1_000
      begun.push(at)
      if (begun.length > judgedGaps + 1) begun.shift()
      if (waiting !== undefined && at >= waiting.since) waiting.resolve()
    },
    async next(withinMs) {
      const ms = Math.min(withinMs, expectedWithin())
      if (ms <= 0) return
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms)
        const end = (): void => {
          clearTimeout(timer)
          resolve()
        }
        waiting = { since: now(), resolve: end }
      })
    },
  }
}
