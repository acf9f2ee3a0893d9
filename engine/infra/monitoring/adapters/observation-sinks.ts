import type { InjectedSinks } from '@temporalio/worker'
import type { WorkflowInfo } from '@temporalio/workflow'
import type { Observation } from '../../../core/observation.ts'
import type { ObservationSinks } from '../observations.ts'
import type { Guard } from './guard.ts'

interface RunRecord {
  /** Observations below this index are counted. */
  counted: number
  readonly workflowType: string
  readonly pending: { readonly index: number; readonly observation: Observation }[]
}

/** The main side of counting what workflows observe. */
export interface ObservationRecorder {
  readonly sinks: InjectedSinks<ObservationSinks>
  /** A run has left the worker; `accepted` says whether its last workflow task was taken. */
  evicted(runId: string, accepted: boolean): void
}

/** Runs whose count is kept after they left, so that a run that comes back counts nothing twice. */
const rememberedRuns = 50_000

/**
 * Counts each observation of a run once. It waits until the run goes on or leaves with its task accepted; a task that
 * failed takes its observations along, and its repetition makes them again under the same index, which counts once.
 */
export function createObservationRecorder(
  record: (workflowType: string, observation: Observation) => void,
  guard: Guard,
): ObservationRecorder {
  const runs = new Map<string, RunRecord>()

  function recordOf({ runId, workflowType }: WorkflowInfo): RunRecord {
    let found = runs.get(runId)
    if (found === undefined) {
      found = { counted: 0, workflowType, pending: [] }
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
      record(run.workflowType, observation)
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
        wentOn: {
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

/** Sinks that do nothing: the bundle calls them whether or not anybody counts. */
export function idleObservationSinks(): InjectedSinks<ObservationSinks> {
  const idle = { fn: (): void => undefined }
  return { compozyObservations: { observed: idle, wentOn: idle } }
}
