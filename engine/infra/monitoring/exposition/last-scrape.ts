import type { ScrapeRequest } from './exposition.ts'

/** What tells one scraper from another. */
export type Scraper = Pick<ScrapeRequest, 'timeout' | 'userAgent' | 'remoteAddress'>

/** Knows how regularly each scraper comes, so that a stop can wait for one scrape more of each. */
export interface ScrapeRhythms {
  /** Records a successful scrape that took this long, in seconds. */
  record(scraper: Scraper, seconds: number): void
  /**
   * Waits until each scraper that is expected within `withinMs` has begun a scrape from now on, or
   * is late by more than an interval. Returns at once without such scrapers.
   */
  next(withinMs: number): Promise<void>
}

/**
 * Returns the number of gaps that a rhythm is judged by: more than its sharers, or a single pause
 * would look like an interval.
 */
const judgedGaps = (sharers: number): number => Math.max(3, sharers + 1)
/** Gaps of a steady rhythm differ by at most a tenth. */
const steadiness = 1.1
/** Scrapers that are told apart behind one address, such as a pair behind a proxy. */
const maximumSharers = 4
const keptScrapes = maximumSharers + judgedGaps(maximumSharers)
/** A scraper may miss one scrape. Beyond two intervals, and a tenth for delays, it has left. */
const patience = 2.1

/** Scrapers that are remembered. */
const maximumScrapers = 64
const forgottenAfterMs = 3_600_000
const maximumAgentLength = 200

/** Programs with which people look at the metrics. They keep no counts that a stop could lose. */
const viewers = /^(?:Mozilla|curl|Wget|compozy-top)\b/

/** Scrapes of one scraper, or of several that look alike. */
interface History {
  /** Whether they carry the header that Prometheus and its like send with each scrape. */
  readonly isDeclared: boolean
  /** When the last ones began, in order. */
  readonly begun: number[]
}

interface Rhythm {
  readonly intervalMs: number
  /** Number of scrapers that each come once an interval. */
  readonly sharers: number
}

/** Returns the last times from each scrape to the one that is `apart` scrapes later. */
function lastGaps(begun: readonly number[], apart: number): readonly number[] | undefined {
  const gaps = begun.slice(apart).map((time, index) => time - begun[index]!)
  const judged = judgedGaps(apart)
  return gaps.length < judged ? undefined : gaps.slice(-judged)
}

/**
 * Returns the rhythm of some scrapes. Two scrapers that look alike give gaps such as 2, 13, 2 s:
 * every second scrape is steady. A declared scraper that missed a scrape keeps its shortest gap.
 */
function rhythmOf({ begun, isDeclared }: History): Rhythm | undefined {
  for (let sharers = 1; sharers <= maximumSharers; sharers++) {
    const gaps = lastGaps(begun, sharers)
    if (gaps === undefined) break
    const intervalMs = Math.min(...gaps)
    if (Math.max(...gaps) <= intervalMs * steadiness) return { intervalMs, sharers }
  }
  const gaps = isDeclared ? lastGaps(begun, 1) : undefined
  return gaps && { intervalMs: Math.min(...gaps), sharers: 1 }
}

/** {@link ScrapeRhythms} on a clock in ms. */
export function createScrapeRhythms(now: () => number = () => performance.now()): ScrapeRhythms {
  // In the order of their last scrapes.
  const histories = new Map<string, History>()
  const waiting = new Set<() => void>()

  /**
   * Forgets scrapers that left. A full map gives up the newest one without a rhythm, so that many
   * who pass by push out only each other.
   */
  function forget(): void {
    for (const [key, { begun }] of histories)
      if (begun.at(-1)! < now() - forgottenAfterMs) histories.delete(key)
    if (histories.size < maximumScrapers) return
    const [oldest] = histories.keys()
    const passerBy = [...histories].findLast(([, history]) => rhythmOf(history) === undefined)
    histories.delete(passerBy?.[0] ?? oldest!)
  }

  /** Waits for a time, or for a scrape before it. */
  async function scrapeWithin(ms: number): Promise<void> {
    let wake!: () => void
    const woken = new Promise<void>((resolve) => (wake = resolve))
    const timer = setTimeout(wake, Math.ceil(ms))
    waiting.add(wake)
    await woken
    clearTimeout(timer)
    waiting.delete(wake)
  }

  return {
    record({ timeout, userAgent = '', remoteAddress = '' }, seconds) {
      const isDeclared = timeout !== undefined
      if (!isDeclared && viewers.test(userAgent)) return
      const key = JSON.stringify([
        isDeclared,
        remoteAddress,
        userAgent.slice(0, maximumAgentLength),
      ])
      const found = histories.get(key)
      if (found === undefined) forget()
      else histories.delete(key)
      const history = found ?? { isDeclared, begun: [] }
      histories.set(key, history)
      const { begun } = history
      begun.push(now() - seconds * 1_000)
      // Of two that look alike, a slow one ends after one that began later.
      begun.sort((a, b) => a - b)
      if (begun.length > keptScrapes) begun.shift()
      for (const wake of waiting) wake()
    },
    async next(withinMs) {
      const since = now()
      const deadline = since + withinMs
      const rhythms = [...histories.values()].flatMap((history) => {
        const rhythm = rhythmOf(history)
        return rhythm === undefined ? [] : [{ ...rhythm, begun: history.begun }]
      })
      /** Returns when the last expected scrape has come or is not coming, in ms from now. */
      const leftMs = (): number => {
        const ends = rhythms.flatMap(({ begun, intervalMs, sharers }) =>
          begun
            .slice(-sharers)
            .filter((time) => time < since && time + intervalMs <= deadline)
            .map((time) => time + intervalMs * patience),
        )
        return Math.min(deadline, Math.max(...ends)) - now()
      }
      for (let ms = leftMs(); ms > 0; ms = leftMs()) await scrapeWithin(ms)
    },
  }
}
