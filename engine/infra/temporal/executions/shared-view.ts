import { defined } from '../../../core/defined.ts'
import type { DatedView } from '../../../executions.ts'
import type { ViewRequest } from '../../../definition/run-protocol.ts'
import { unlessAborted } from '../connection/calls.ts'
import type { QueryView, ViewedRun } from './run-view.ts'

/** Which view, and how fresh. */
export interface SharedViewRequest extends ViewRequest {
  /**
   * The run_id of a closed run: it never changes, so its view is kept as long as there is room. A
   * reset gives its exec_id to another run. Undefined for the open run, however it continues.
   */
  readonly closedRunId?: string | undefined
  /** Ask the worker even if the last view is less than a second old. */
  readonly fresh?: boolean
  readonly signal?: AbortSignal | undefined
}

/** A view of a run with its place among others. */
export interface SharedView extends DatedView {
  /** When it was asked for, in ms of `performance.now`; `as_of` may go back. */
  readonly askedAt: number
}

/** Views of runs, shared by all watchers in this process. */
export interface SharedViews {
  /** Throws CompozyError `temporal_timeout` when no worker answers and there is no earlier view. */
  get(execId: string, request: SharedViewRequest): Promise<SharedView>
}

/** Clock and pauses, for tests. */
export interface SharedViewOptions {
  /** Monotonic clock in ms. By a wall clock that is set back, every view would stay as it is. */
  readonly now?: () => number
  /** Shortest time between two queries of the same view, ms. */
  readonly everyMs?: number
}

/** One view of one run: the last answer, and the query under way. */
interface Shared {
  last?: SharedView
  /** Why the last query failed. */
  error?: unknown
  pending?: Promise<SharedView>
  /** No query before this time, by the monotonic clock. */
  notBefore: number
}

/** A view is at most 256 kB: these take 50 MB at worst. */
const maximumViews = 200
/** A request with an earlier view to fall back on waits this long for a busy worker, ms. */
const patienceMs = 500
/**
 * A query that took long is followed by a pause of this many times its duration, up to the limit.
 */
const pauseFactor = 4
const longestPauseMs = 15_000

/**
 * Shares views so that watching never slows the watched run: at most one query a run at a time and
 * one a second, fewer while the worker is busy. In between, the last view is the answer.
 */
export function createSharedViews(query: QueryView, options: SharedViewOptions = {}): SharedViews {
  const { now = () => performance.now(), everyMs = 1_000 } = options
  const views = new Map<string, Shared>()
  /** Queries of one run follow one another, whatever part of it they ask for. */
  const queues = new Map<string, Promise<unknown>>()

  function sharedOf(key: string): Shared {
    const found = views.get(key) ?? { notBefore: -Infinity }
    views.delete(key)
    views.set(key, found)
    if (views.size > maximumViews) views.delete(views.keys().next().value!)
    return found
  }

  async function ask(run: ViewedRun, request: ViewRequest, shared: Shared): Promise<SharedView> {
    await queues.get(run.execId)?.catch(() => undefined)
    const started = now()
    const dates = { as_of: Date.now(), askedAt: started }
    try {
      const view = await query(run, request)
      delete shared.error
      shared.last = { ...view, ...dates }
      return shared.last
    } catch (error) {
      shared.error = error
      throw error
    } finally {
      const took = now() - started
      shared.notBefore = now() + Math.min(longestPauseMs, Math.max(everyMs, took * pauseFactor))
    }
  }

  /** Starts a query, or joins the one under way. */
  function join(run: ViewedRun, request: ViewRequest, shared: Shared): Promise<SharedView> {
    if (shared.pending !== undefined) return shared.pending
    const { execId } = run
    const pending = ask(run, request, shared).finally(() => {
      delete shared.pending
      if (queues.get(execId) === pending) queues.delete(execId)
    })
    shared.pending = pending
    queues.set(execId, pending)
    // All callers may be gone by the time it fails.
    pending.catch(() => undefined)
    return pending
  }

  return {
    async get(execId, { closedRunId, fresh = false, signal, task, cursor }) {
      const shared = sharedOf(JSON.stringify([execId, closedRunId, task, cursor]))
      const { last } = shared
      const isFinal = closedRunId !== undefined && last !== undefined
      if (!fresh && (now() < shared.notBefore || isFinal)) {
        if (last !== undefined) return last
        throw shared.error
      }
      const run = { execId, runId: closedRunId }
      const answer = join(run, defined({ task, cursor }), shared)
      if (last === undefined || fresh) return await unlessAborted(signal, execId, () => answer)
      const patience = new Promise<SharedView>((resolve) =>
        setTimeout(resolve, patienceMs, last).unref(),
      )
      return await Promise.race([answer.catch(() => last), patience])
    },
  }
}
