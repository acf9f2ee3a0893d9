import type { InjectedSinks } from '@temporalio/worker'
import type { WorkflowInfo } from '@temporalio/workflow'
import type { Observation } from '../../../core/observation.ts'
import type { ObservationSinks } from '../observations.ts'
import type { Guard } from './guard.ts'

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
}

/** Runs remembered after their eviction, so that a run that returns counts nothing twice. */
const rememberedRuns = 50_000

/**
 * Counts each observation of a run once. An observation is pending until the run continues or is
 * evicted after an accepted workflow task. A failed workflow task drops its observations, and its
 * retry makes them again under the same indices.
 */
export function createObservationRecorder(
  record: (run: { workflowType: string; execId: string }, observation: Observation) => void,
  guard: Guard,
): ObservationRecorder {
  const runs = new Map<string, RunObservations>()

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
    const run = runs.get(runId)
    if (run === undefined) return
    for (const { index, observation } of run.pending.splice(0)) {
      if (index < run.counted) continue
      run.counted = index + 1
      record(run, observation)
    }
  }

  return {
    sinks: {
      compozyObservations: {
        observed: {
          fn: (info: WorkflowInfo, first: number, observations: readonly Observation[]) => {
            guard.run('workflow_observation', () => {
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
      if (accepted) commit(runId)
      else runs.get(runId)?.pending.splice(0)
    },
  }
}

/** Sinks that do nothing: the bundle calls them even when monitoring is disabled. */
export function idleObservationSinks(): InjectedSinks<ObservationSinks> {
  const idle = { fn: (): void => undefined }
  return { compozyObservations: { observed: idle, continued: idle } }
}
