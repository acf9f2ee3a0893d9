import type { Fleet } from './fleet.ts'
import type { Membership } from './membership.ts'
import { idleFor } from './query-budget.ts'
import { createCloseCursor, isBehind, type CloseSpan, type ServerClose } from './server-closes.ts'
import type { QueryOptions, ServerTruth } from './server-truth.ts'

/** The key of the query that only one process of the fleet asks at a time. */
export const closesKey = 'closes'

/** What counting closes needs of the process. */
export interface CloseCountingOptions {
  readonly intervalMs: number
  readonly fleet: () => Fleet
  readonly membership: () => Membership
  /** Monotonic clock in ms. */
  readonly now: () => number
  /** Counts closes, all that a span has in one call. */
  readonly onCloses: (closes: readonly ServerClose[]) => void
}

/** Counts the closes by Temporal, one process of the fleet at a time. */
export interface CloseCounting {
  /**
   * Counts what Temporal closed since the fleet has counted last. Returns after how long to count
   * again, ms. Throws the error that Temporal returns.
   */
  count(truth: ServerTruth, how: QueryOptions): Promise<number>
  /**
   * Counts no more, and waits until all that the other processes take for counted is. The process
   * that counts next goes on from there.
   */
  stop(): Promise<void>
}

/** A note that Temporal does not list so long after it was sent has not reached it. */
const noteArrivesMs = 5_000
const firstPauseMs = 500

/** A list of fewer closes was late for another reason than its span. */
const manyCloses = 1_000

/** Creates the counting of one process. */
export function createCloseCounting(options: CloseCountingOptions): CloseCounting {
  const { intervalMs, fleet, membership, now, onCloses } = options
  const cursor = createCloseCursor(intervalMs)
  let isStopped = false
  let counted: Promise<void> = Promise.resolve()

  /** Returns up to when the fleet has counted, if this process is the one to go on. */
  async function readTurn(signal: AbortSignal) {
    await membership().read(signal)
    const [time, countedUntil] = [fleet().now(), fleet().countedUntil()]
    if (time === undefined || countedUntil === undefined) return undefined
    return fleet().leads(closesKey) ? { time, countedUntil } : undefined
  }

  async function list(span: CloseSpan, truth: ServerTruth, how: QueryOptions) {
    try {
      return await truth.serverCloses(span, how)
    } catch (error) {
      cursor.shorten(span)
      throw error
    }
  }

  /**
   * Tells the other processes up to when this one counts, and counts: they leave these closes out
   * from now on.
   */
  async function tell(
    span: CloseSpan,
    { countedUntil, closes }: { countedUntil: number; closes: readonly ServerClose[] },
    signal: AbortSignal,
  ): Promise<void> {
    const sentAt = now()
    try {
      await membership().tellCounted(span.until)
    } catch (error) {
      // Temporal may have taken the note, and only its answer was lost.
      if (!(await hasArrived(span.until, sentAt, signal))) throw error
      fleet().counted(span.until)
    }
    onCloses(cursor.take(span, countedUntil, closes))
  }

  /** Reads heartbeats until they have the note of this process, or would have it. */
  async function hasArrived(until: number, sentAt: number, signal: AbortSignal): Promise<boolean> {
    let pauseMs = 0
    while (!signal.aborted) {
      await idleFor(pauseMs, signal)
      pauseMs = Math.min(Math.max(firstPauseMs, 2 * pauseMs), fleet().beatMs())
      const readAt = now()
      try {
        await membership().read(signal)
      } catch {
        continue
      }
      if ((fleet().told() ?? 0) >= until) return true
      if (readAt - sentAt >= noteArrivesMs) return false
    }
    return false
  }

  return {
    async count(truth, how) {
      if (isStopped) return intervalMs
      const readAt = now()
      const turn = await readTurn(how.signal)
      // The other processes have not seen this one's heartbeat yet.
      if (turn === undefined) return fleet().beatMs()
      const { time, countedUntil } = turn
      const span = cursor.next(countedUntil, time)
      const closes = await list(span, truth, how)
      const isLate = now() - readAt > fleet().beatMs()
      if (isLate && closes.length >= manyCloses) cursor.shorten(span)
      else cursor.lengthen()
      // Another process may count by now, or has counted meanwhile.
      if (isLate && (await readTurn(how.signal))?.countedUntil !== countedUntil)
        return fleet().beatMs()
      if (how.signal.aborted || isStopped) return intervalMs
      counted = tell(span, { countedUntil, closes }, how.signal)
      await counted
      return isBehind(span, time) ? 0 : intervalMs
    },
    async stop() {
      isStopped = true
      await counted.catch(() => undefined)
    },
  }
}
