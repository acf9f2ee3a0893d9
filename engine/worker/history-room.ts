import { setTimeout } from 'node:timers/promises'
import { bytesOver, bytesText, jsonBytes, limits } from '../core/limits.ts'
import { shortError } from '../interpreter/size/bound-error.ts'
import type { ToolResult } from '../tool/runner.ts'

/** One run of a chain. */
export interface RunKey {
  readonly execId: string
  readonly runId: string
}

/**
 * The room in histories for what calls and child runs bring. Temporal terminates a run at 50 MiB,
 * and all that is in progress may return at once.
 */
export interface HistoryRoom {
  /**
   * Takes room for a value. Returns the bytes of the history, with what was taken just before, when
   * there is no room. Accepts the value when nobody can tell. `by` names the one who takes it:
   * Temporal may repeat the question.
   */
  take(run: RunKey, bytes: number, by: string): Promise<number | undefined>
}

interface KnownHistory {
  /** Bytes before this process took room; undefined when nobody could tell. */
  readonly first: Promise<number | undefined>
  takenInAll: number
  readonly takers: Set<string>
  /** Bytes when the server was asked last; 0 once the run has closed. */
  last: Promise<number | undefined>
  askedAt: number
  takenSince: { readonly at: number; readonly bytes: number }[]
}

/** How long a history's size is believed, ms; what was taken since is added to it. */
const freshMs = 1_000
/** What was taken this long before a question is in the answer, if the server is quick. */
const writtenAfterMs = 500
const maximumRuns = 1_000

/**
 * @param historyBytes returns the bytes of the history of an open run, 0 for a closed one
 * @param wait waits for milliseconds of the clock that `now` reads
 */
export function createHistoryRoom(
  historyBytes: (run: RunKey) => Promise<number>,
  now: () => number = () => performance.now(),
  wait: (ms: number) => Promise<unknown> = setTimeout,
): HistoryRoom {
  const histories = new Map<string, KnownHistory>()
  const ask = (run: RunKey): Promise<number | undefined> => historyBytes(run).catch(() => undefined)

  function begin(run: RunKey): KnownHistory {
    const first = ask(run)
    const known: KnownHistory = {
      first,
      takenInAll: 0,
      takers: new Set(),
      last: first,
      askedAt: now(),
      takenSince: [],
    }
    histories.set(run.runId, known)
    if (histories.size > maximumRuns) histories.delete(histories.keys().next().value!)
    return known
  }

  function refresh(run: RunKey, known: KnownHistory): void {
    known.askedAt = now()
    known.last = ask(run)
    known.takenSince = known.takenSince.filter(({ at }) => at > known.askedAt - writtenAfterMs)
  }

  /** Waits for what decides, and returns the bytes of the history: 0 once the run has closed. */
  async function answered(known: KnownHistory): Promise<() => number> {
    const [first, last] = await Promise.all([known.first, known.last])
    return () => {
      // Temporal writes nothing more to the history of a run that has closed.
      if (last === 0) return 0
      const since = known.takenSince.reduce((sum, taken) => sum + taken.bytes, 0)
      // A child's result reaches the history of its parent seconds later, when both are busy.
      return Math.max((last ?? 0) + since, (first ?? 0) + known.takenInAll)
    }
  }

  return {
    async take(run, bytes, by) {
      const known = histories.get(run.runId) ?? begin(run)
      if (known.takers.has(by)) return undefined
      if (now() - known.askedAt > freshMs) refresh(run, known)
      let history = await answered(known)
      const fits = (): boolean => {
        const full = history()
        return full === 0 || full + bytes <= limits.historyWithOutputBytes
      }
      if (!fits() && mayCountTwice(known)) {
        // A refusal costs the task its output: it waits until Temporal has written what was taken.
        await wait(writtenAfterMs)
        if (mayCountTwice(known)) refresh(run, known)
        history = await answered(known)
      }
      if (!fits()) return history()
      if (history() === 0) return undefined
      known.takers.add(by)
      known.takenInAll += bytes
      known.takenSince.push({ at: now(), bytes })
      return undefined
    },
  }
}

/** Whether something was taken so shortly before the last question that its answer may have it. */
function mayCountTwice({ takenSince, askedAt }: KnownHistory): boolean {
  return takenSince.some(({ at }) => at < askedAt)
}

/** Returns the bytes that a result needs room for, undefined for one that fits into any run. */
export function roomNeeded(result: ToolResult): number | undefined {
  if (result.ok) return bytesOver(result.output, limits.unaskedBytes)
  const bytes = jsonBytes(result.error)
  return bytes <= limits.unaskedBytes ? undefined : bytes
}

/**
 * Returns what stands for a tool's result that its run's history has no room for: `LimitExceeded`
 * for an output. A failure keeps its type and the start of its message.
 *
 * @param full bytes that the result needs, and those of the history
 */
export function withoutRoom(
  result: ToolResult,
  toolId: string,
  full: { readonly needed: number; readonly history: number },
): ToolResult {
  if (!result.ok) return { ...result, error: shortError(result.error) }
  const message =
    `output of tool "${toolId}" is ${bytesText(full.needed)}, and the run's history is ` +
    `${bytesText(full.history)}; at most ${bytesText(limits.historyWithOutputBytes)} together ` +
    'are allowed; return less, or make fewer calls at a time (max_workers, batch)'
  return { ok: false, error: { type: 'LimitExceeded', message }, limit: 'history' }
}
