/** A run that Temporal itself closed. */
export interface ServerClose {
  readonly runId: string
  readonly workflowType: string
  readonly outcome: 'terminated' | 'timed_out'
  /** By Temporal's clock, ms since the Unix epoch. */
  readonly closedAt: number
}

/** Finds the closes that have not been counted yet. */
export interface CloseCursor {
  /** Start of the next query, ms since the Unix epoch. */
  readonly after: number
  /** Returns the closes of an answer that are new, and moves on. `askedAt`: before the query. */
  advance(closes: readonly ServerClose[], askedAt: number): readonly ServerClose[]
}

/**
 * Visibility lags and clocks differ: each query looks back this far, and known runs are skipped.
 */
const overlapMs = 120_000

/** Creates a cursor that counts closes from a time on. */
export function createCloseCursor(from: number): CloseCursor {
  const counted = new Map<string, number>()
  let after = from
  return {
    get after() {
      return after
    },
    advance(closes, askedAt) {
      const fresh = closes.filter(({ runId, closedAt }) => closedAt >= from && !counted.has(runId))
      for (const { runId, closedAt } of fresh) counted.set(runId, closedAt)
      after = Math.max(from, askedAt - overlapMs)
      for (const [runId, closedAt] of counted) if (closedAt < after) counted.delete(runId)
      return fresh
    },
  }
}
