import type { InjectedSinks } from '@temporalio/worker'
import type { WorkflowInfo } from '@temporalio/workflow'
import type { Observation } from '../../../core/observation.ts'
import type { ObservationSinks } from '../observations.ts'
import type { Guard } from './guard.ts'
import type { RecentIds } from './recent-ids.ts'

interface RunObservations {
  /** Observations below this index are counted already. */
  counted: number
  readonly workflowType: string
  readonly execId: string
  readonly pending: { readonly index: number; readonly observation: Observation }[]
}

/** Counts the observations of runs, on the main thread. */
export interface ObservationRecorder {
  readonly sinks: InjectedSinks<ObservationSinks>
  /** Handles an eviction; `accepted`: Temporal has accepted the last workflow task of the run. */
  evicted(runId: string, accepted: boolean): void
  /** Forgets a run that is closed and has told everything. */
  forget(runId: string): void
  stop(): void
}

/** When observations count although their run waits. */
export interface SettlingOptions {
  /** Since when Temporal has answered without a break; undefined while it does not. */
  readonly reachableSince: () => number | undefined
  /** Monotonic clock in ms, for tests. */
  readonly now?: () => number
}

/**
 * How long after its workflow task an observation counts without a word from its run: three times
 * the time limit of a workflow task. A task that Temporal refused has evicted its run by then.
 */
export const settlesAfterMs = 30_000

/** A later look means that this process stood still, and that answers may still lie unread. */
const latestLookMs = 5_000

/** Open runs remembered after their eviction, so that a run that returns counts nothing twice. */
const rememberedRuns = 50_000

/**
 * Counts each observation of a run once. An observation is pending until the run continues or is
 * evicted after an accepted workflow task, or half a minute while Temporal answers: a run that
 * waits tells nothing more. A failed workflow task drops its observations, and its retry makes them
 * again under the same indices.
 */
export function createObservationRecorder(
  record: (run: { workflowType: string; execId: string }, observation: Observation) => void,
  guard: Guard,
  closedRuns: Pick<RecentIds, 'has'>,
  { reachableSince, now = () => performance.now() }: SettlingOptions,
): ObservationRecorder {
  const runs = new Map<string, RunObservations>()
  /** When the pending observations of a run were made, the oldest first. */
  const unsettled = new Map<string, number>()
  let timer: NodeJS.Timeout | undefined

  function recordOf({ runId, workflowType, workflowId }: WorkflowInfo): RunObservations {
    let found = runs.get(runId)
    if (found === undefined) {
      found = { counted: 0, workflowType, execId: workflowId, pending: [] }
      runs.set(runId, found)
      if (runs.size > rememberedRuns) runs.delete(runs.keys().next().value!)
    }
    return found
  }

  function commit(runId: string): void {
    unsettled.delete(runId)
    const run = runs.get(runId)
    if (run === undefined) return
    for (const { index, observation } of run.pending.splice(0)) {
      if (index < run.counted) continue
      run.counted = index + 1
      record(run, observation)
    }
  }

  function settleIn(ms: number): void {
    timer ??= setTimeout(() => {
      timer = undefined
      settle()
    }, ms).unref()
  }

  function settle(): void {
    const since = reachableSince()
    for (const [runId, at] of unsettled) {
      const rest = at + settlesAfterMs - now()
      if (rest > 0) return settleIn(rest)
      const isSure = since !== undefined && since <= at && rest > -latestLookMs
      if (isSure) guard.run('workflow_observation', () => commit(runId))
      else awaitWord(runId)
    }
  }

  /** Waits for what is told of the workflow task, and from anew after an outage. */
  function awaitWord(runId: string): void {
    unsettled.delete(runId)
    unsettled.set(runId, now())
    settleIn(settlesAfterMs)
  }

  return {
    sinks: {
      compozyObservations: {
        observed: {
          fn: (info: WorkflowInfo, first: number, observations: readonly Observation[]) => {
            guard.run('workflow_observation', () => {
              // A worker that was late repeats what the one told that has closed the run.
              if (closedRuns.has(info.runId)) return
              awaitWord(info.runId)
              const { pending } = recordOf(info)
              for (const [offset, observation] of observations.entries()) {
                pending.push({ index: first + offset, observation })
              }
            })
          },
        },
        continued: {
          fn: (info: WorkflowInfo) => guard.run('workflow_observation', () => commit(info.runId)),
        },
      },
    },
    evicted(runId, accepted) {
      if (accepted) return commit(runId)
      unsettled.delete(runId)
      runs.get(runId)?.pending.splice(0)
    },
    forget(runId) {
      unsettled.delete(runId)
      runs.delete(runId)
    },
    stop: () => clearTimeout(timer),
  }
}

/** Sinks that do nothing: the bundle calls them even when monitoring is disabled. */
export function idleObservationSinks(): InjectedSinks<ObservationSinks> {
  const idle = { fn: (): void => undefined }
  return { compozyObservations: { observed: idle, continued: idle } }
}
