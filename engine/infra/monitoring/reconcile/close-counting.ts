import type { Fleet } from './fleet.ts'
import type { Membership } from './membership.ts'
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

/** Listed closes of which the other processes may know by now. */
interface Telling {
  readonly span: CloseSpan
  readonly countedUntil: number
  readonly closes: readonly ServerClose[]
  readonly sentAt: number
}

/** A note that Temporal does not list so long after it was sent has not reached it. */
const noteArrivesMs = 5_000

/** A list of fewer closes was late for another reason than its span. */
const manyCloses = 1_000

/** Creates the counting of one process. */
export function createCloseCounting(options: CloseCountingOptions): CloseCounting {
  const { intervalMs, fleet, membership, now, onCloses } = options
  const cursor = createCloseCursor(intervalMs)
  let isStopped = false
  let counted: Promise<void> = Promise.resolve()
  /** What is under way, or failed: Temporal may have taken the note, and its answer was lost. */
  let telling: Telling | undefined

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

  async function tell(told: Omit<Telling, 'sentAt'>): Promise<void> {
    telling = { ...told, sentAt: now() }
    await membership().tellCounted(told.span.until)
    countTold(telling)
  }

  function countTold({ span, countedUntil, closes }: Telling): void {
    telling = undefined
    onCloses(cursor.take(span, countedUntil, closes))
  }

  /**
   * Ends a telling that failed, by the heartbeats that were read at a time: counts its closes when
   * Temporal has the note, as the other processes leave them out. Returns whether none is open.
   */
  function settle(readAt: number): boolean {
    if (telling === undefined) return true
    if ((fleet().told() ?? 0) >= telling.span.until) {
      fleet().counted(telling.span.until)
      countTold(telling)
    } else if (readAt - telling.sentAt >= noteArrivesMs) telling = undefined
    return telling === undefined
  }

  return {
    async count(truth, how) {
      if (isStopped) return intervalMs
      const readAt = now()
      const turn = await readTurn(how.signal)
      // The other processes have not seen this one's heartbeat yet.
      if (!settle(readAt) || turn === undefined) return fleet().beatMs()
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
      counted = tell({ span, countedUntil, closes })
      await counted
      return isBehind(span, time) ? 0 : intervalMs
    },
    async stop() {
      isStopped = true
      await counted.catch(async () => {
        await membership().read(new AbortController().signal)
        settle(now())
      })
    },
  }
}
