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
}

/** A close that is younger may not be visible yet: the next query counts it. */
const settleMs = 5_000
/** A close that becomes visible later than that is still found if the same process asks. */
const overlapMs = 120_000
/** After an outage, closes are fetched in steps of so long, or of two intervals. */
const longestSpanMs = 600_000

/**
 * Creates a cursor. Spans meet without overlap, whoever asks, so that each close belongs to one of
 * them. Within its own spans a process also counts what becomes visible late.
 */
export function createCloseCursor(intervalMs = 0): CloseCursor {
  const stepMs = Math.max(longestSpanMs, 2 * intervalMs)
  const counted = new Map<string, number>()
  let ownSince: number | undefined
  let ownUntil: number | undefined
  return {
    next(countedUntil, now) {
      const until = Math.min(now - settleMs, countedUntil + stepMs)
      // After another process has counted, its late closes cannot be told from its counted ones.
      if (countedUntil !== ownUntil) ownSince = countedUntil
      const after = Math.max(ownSince ?? countedUntil, countedUntil - overlapMs)
      return { after, until: Math.max(until, countedUntil) }
    },
    take({ after, until }, countedUntil, closes) {
      if (countedUntil !== ownUntil) counted.clear()
      ownUntil = until
      const fresh = closes.filter(
        ({ runId, closedAt }) => closedAt > after && closedAt <= until && !counted.has(runId),
      )
      for (const { runId, closedAt } of fresh) counted.set(runId, closedAt)
      for (const [runId, closedAt] of counted)
        if (closedAt <= until - overlapMs) counted.delete(runId)
      return fresh
    },
  }
}
