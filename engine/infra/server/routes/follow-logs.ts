import { setTimeout as sleep } from 'node:timers/promises'
import type { LogFilter, LogPage, RunLogReader } from '../../../run-logs.ts'
import type { Execution, ExecutionStatus } from '../../../executions.ts'

/** How often the log of a followed run is read, ms: another process may write it. */
const readEveryMs = 300
/** How long lines that are on their way to the disk may still arrive after a run has closed, ms. */
const settleMs = 1_000
/**
 * How long a tool may still print after the close of a run that did not wait for it, ms: it learns
 * of the close with its next heartbeat, and may then clean up.
 */
const leftRunningMs = 3_000
/** Lines of one read. */
const batchLines = 500

/** What is known of a closed run. */
type ClosedRun = Pick<Execution, 'status' | 'closed_at'>

/** What to follow. */
export interface LogFollow extends LogFilter {
  readonly execId: string
  /** Begins after this place. */
  readonly cursor?: string
  /** Begins with the last lines; without it and `cursor`, with the first. */
  readonly tail?: number
  /**
   * Resolves when the run is closed: nothing is printed later than a moment after. When it rejects,
   * the lines end without an `end`.
   */
  readonly closed: Promise<ClosedRun | undefined>
}

/** What a follower gets: lines, a quiet moment, or the end. */
export type FollowNews =
  | { readonly type: 'lines'; readonly page: LogPage }
  | { readonly type: 'quiet' }
  | { readonly type: 'end'; readonly status: ExecutionStatus }

/** Reports whether no line of a closed run can come; `waitedMs`: since its close is known. */
function isSettled({ status, closed_at: closedAt }: ClosedRun, waitedMs: number): boolean {
  if (waitedMs <= settleMs || status === 'completed' || status === 'failed')
    return waitedMs > settleMs
  // A run that closed long ago keeps nobody waiting.
  const sinceClose = closedAt === null ? 0 : Date.now() - Date.parse(closedAt)
  return Math.max(waitedMs, sinceClose) > leftRunningMs
}

/** Yields the lines of a run as they are printed, until it is closed or `signal` aborts. */
export async function* followLogs(
  logs: RunLogReader,
  { execId, cursor, tail, closed, ...filter }: LogFollow,
  signal: AbortSignal,
): AsyncGenerator<FollowNews> {
  let place = cursor
  let end: { readonly run: ClosedRun; readonly at: number } | undefined
  let isGone = false
  async function watchClose(): Promise<void> {
    try {
      const run = await closed
      if (run !== undefined) end = { run, at: performance.now() }
    } catch {
      isGone = true
    }
  }
  const watched = watchClose()
  if (tail !== undefined) {
    const page = await logs.tail(execId, { ...filter, lines: tail })
    place = page.cursor
    if (page.lines.length > 0) yield { type: 'lines', page }
  }
  while (!signal.aborted) {
    const settled = end !== undefined && isSettled(end.run, performance.now() - end.at)
    const query = { ...filter, limit: batchLines }
    const page = await logs.read(execId, place === undefined ? query : { ...query, cursor: place })
    place = page.cursor
    if (page.lines.length > 0) yield { type: 'lines', page }
    if (page.more) continue
    if (isGone) return
    if (settled && end !== undefined) return yield { type: 'end', status: end.run.status }
    if (page.lines.length === 0) yield { type: 'quiet' }
    // Once it is closed, only the last lines are waited for.
    const pause = sleep(readEveryMs, undefined, { signal }).catch(() => undefined)
    await (end === undefined ? Promise.race([pause, watched]) : pause)
  }
}
