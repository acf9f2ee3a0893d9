import type { Observation } from '../../core/observation.ts'
import { proxySinks, type Sinks, type WorkflowInternalsInterceptor } from '@temporalio/workflow'

/** Sinks for observations from the workflow sandbox. */
export interface ObservationSinks extends Sinks {
  compozyObservations: {
    /**
     * All observations of one workflow task. `index` is the index of the first; a retried workflow
     * task repeats them under the same indices.
     */
    observed(index: number, observations: readonly Observation[]): void
    /** The run continues after a workflow task with observations: Temporal has accepted it. */
    continued(): void
  }
}

const { compozyObservations } = proxySinks<ObservationSinks>()

interface TaskObservations {
  /** Index of the first pending observation. */
  index: number
  pending: Observation[]
  /** The observations of the last workflow task are sent; the next one says that it counted. */
  awaitsTask: boolean
}

/** The SDK gives each run globals of its own; this module is shared by all runs of a thread. */
const runGlobals = globalThis as { compozyRunObservations?: TaskObservations }

function observationsOfRun(): TaskObservations {
  return (runGlobals.compozyRunObservations ??= { index: 0, pending: [], awaitsTask: false })
}

/** Records an observation; it counts when Temporal has accepted its workflow task. */
export function observe(observation: Observation): void {
  observationsOfRun().pending.push(observation)
}

/** Sends the observations of a workflow task in one call, and reports when the run continues. */
export const observationInternals: WorkflowInternalsInterceptor = {
  activate(input, next) {
    const run = observationsOfRun()
    if (run.awaitsTask) {
      run.awaitsTask = false
      compozyObservations.continued()
    }
    return next(input)
  },
  concludeActivation(input, next) {
    const output = next(input)
    const run = observationsOfRun()
    const { pending } = run
    if (pending.length > 0) {
      compozyObservations.observed(run.index, pending)
      run.index += pending.length
      run.pending = []
      run.awaitsTask = true
    }
    return output
  },
}
