/** A run that Temporal itself closed. */
export interface ServerClose {
  readonly runId: string
  readonly workflowType: string
  readonly outcome: 'terminated' | 'timed_out'
  /** By Temporal's clock, ms since the Unix epoch. */
  readonly closedAt: number
}

/** A time span by Temporal's clock, ms since the Unix epoch: later than `after`, up to `until`. */
export interface CloseSpan {
  readonly after: number
  readonly until: number
}

/** Finds the closes that this process has to count. */
export interface CloseCursor {
  /**
   * Returns the span to ask for, when the fleet has counted up to `countedUntil` and Temporal's
   * clock shows `now`.
   */
  next(countedUntil: number, now: number): CloseSpan
  /** Returns the closes of the answer that no process has counted. */
  take(
    span: CloseSpan,
    countedUntil: number,
    closes: readonly ServerClose[],
  ): readonly ServerClose[]
  /** Halves the longest span, as this one took too long: to a millisecond at least. */
  shorten(span: CloseSpan): void
  /** Doubles the longest span, up to that of the beginning. */
  lengthen(): void
}

/** A close that is younger may not be visible yet: the next query counts it. */
const settleMs = 5_000
/** A close that becomes visible later than that is still found if the same process asks. */
const overlapMs = 120_000
/** Closes that are listed again at most, to find the late ones among them. */
const overlapCloses = 1_000
/** After an outage, closes are fetched in steps of so long, or of two intervals. */
const longestStepMs = 600_000

/** Reports whether closes after a span can be counted by now. */
export function isBehind({ until }: CloseSpan, now: number): boolean {
  return until < now - settleMs
}

/**
 * Creates a cursor. Spans meet without overlap, whoever asks, so that each close belongs to one of
 * them. Within its own spans a process also counts what becomes visible late. After a mass of
 * closes, spans are as short as it takes to list them in time.
 */
export function createCloseCursor(intervalMs = 0): CloseCursor {
  const stepMs = Math.max(longestStepMs, 2 * intervalMs)
  /** Counted closes that may be listed again, and when they closed. */
  const counted = new Map<string, number>()
  /** Up to here closes are too many to be listed again. */
  let crowdedUntil = -Infinity
  let ownSince: number | undefined
  let ownUntil: number | undefined
  let longestMs = stepMs + overlapMs

  /** Remembers of counted closes, and of these, only what may be listed again: a mass is not. */
  function remember(fresh: readonly ServerClose[], asksBackTo: number): void {
    const times = new Float64Array(counted.size + fresh.length)
    times.set([...counted.values()])
    for (const [at, { closedAt }] of fresh.entries()) times[counted.size + at] = closedAt
    const oldest = times.sort().at(-1 - overlapCloses) ?? -Infinity
    crowdedUntil = Math.max(crowdedUntil, oldest)
    const since = Math.max(asksBackTo, crowdedUntil)
    for (const [runId, closedAt] of counted) if (closedAt <= since) counted.delete(runId)
    for (const { runId, closedAt } of fresh) if (closedAt > since) counted.set(runId, closedAt)
  }

  return {
    next(countedUntil, now) {
      // After another process has counted, its late closes cannot be told from its counted ones.
      if (countedUntil !== ownUntil) ownSince = countedUntil
      const settledMs = Math.max(0, now - settleMs - countedUntil)
      const newMs = Math.min(settledMs, stepMs, longestMs)
      const ownMs = countedUntil - Math.max(ownSince ?? countedUntil, crowdedUntil)
      const oldMs = Math.min(ownMs, overlapMs, longestMs - newMs)
      return { after: countedUntil - oldMs, until: countedUntil + newMs }
    },
    take({ after, until }, countedUntil, closes) {
      if (countedUntil !== ownUntil) counted.clear()
      ownUntil = until
      const fresh = closes.filter(
        ({ runId, closedAt }) => closedAt > after && closedAt <= until && !counted.has(runId),
      )
      remember(fresh, until - overlapMs)
      return fresh
    },
    shorten({ after, until }) {
      longestMs = Math.max(1, Math.floor((until - after) / 2))
    },
    lengthen() {
      longestMs = Math.min(stepMs + overlapMs, longestMs * 2)
    },
  }
}
