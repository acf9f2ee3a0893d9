/** A signal that this process sent to a run. Times in ms of `performance.now`. */
interface SentSignal {
  readonly name: string
  readonly bytes: number
  readonly startedAt: number
  /** Undefined while Temporal has not answered. */
  endedAt: number | undefined
  readonly ended: Promise<void>
}

/** What was sent to a run and is not surely part of an earlier look at it. */
export interface UnseenSignals {
  readonly count: number
  readonly bytes: number
  countOf(name: string): number
  /** Whether the look may have shown some of them: Temporal had not answered when it was taken. */
  readonly maybeSeen: boolean
}

/** The signals that this process sent lately, by run. */
export interface SentSignals {
  /** Notes a signal that is about to be sent. Returns what notes that Temporal has answered. */
  begin(execId: string, name: string, bytes: number): () => void
  /**
   * Reports whether all is remembered that was sent since a look, so that `unseenSince` is whole.
   * `lookedAt`: when Temporal or the worker was asked, in ms of `performance.now`.
   */
  remembersSince(lookedAt: number): boolean
  unseenSince(execId: string, lookedAt: number): UnseenSignals
  /** Resolves once Temporal has answered all that are on their way to a run now. */
  answered(execId: string): Promise<unknown>
}

/** How long an answered signal is remembered, ms. The last view of a busy worker may be older. */
const rememberedMs = 20_000
/** Runs whose sent signals are remembered. */
const maximumRuns = 1_000

/** Creates an empty memory of sent signals. */
export function createSentSignals(now: () => number = () => performance.now()): SentSignals {
  const runs = new Map<string, SentSignal[]>()
  /** When the signals of a run were last forgotten to make room. */
  let madeRoomAt = -Infinity

  function recentOf(execId: string): SentSignal[] {
    const from = now() - rememberedMs
    const isRecent = ({ endedAt }: SentSignal) => endedAt === undefined || endedAt >= from
    return (runs.get(execId) ?? []).filter(isRecent)
  }

  return {
    begin(execId, name, bytes) {
      let resolve: () => void = () => undefined
      const ended = new Promise<void>((done) => (resolve = done))
      const signal: SentSignal = { name, bytes, startedAt: now(), endedAt: undefined, ended }
      const recent = recentOf(execId)
      runs.delete(execId)
      runs.set(execId, [...recent, signal])
      if (runs.size > maximumRuns) {
        runs.delete(runs.keys().next().value!)
        madeRoomAt = now()
      }
      return () => {
        signal.endedAt = now()
        resolve()
      }
    },
    remembersSince: (lookedAt) => lookedAt >= Math.max(now() - rememberedMs, madeRoomAt),
    unseenSince(execId, lookedAt) {
      const unseen = (runs.get(execId) ?? []).filter(
        ({ endedAt }) => endedAt === undefined || endedAt >= lookedAt,
      )
      return {
        count: unseen.length,
        bytes: unseen.reduce((sum, { bytes }) => sum + bytes, 0),
        countOf: (name) => unseen.filter((each) => each.name === name).length,
        maybeSeen: unseen.some(({ startedAt }) => startedAt < lookedAt),
      }
    },
    answered: (execId) => Promise.all((runs.get(execId) ?? []).map(({ ended }) => ended)),
  }
}
