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

/** The state of one run: this module is evaluated again for every run. */
const run: { index: number; pending: Observation[]; awaitsTask: boolean } = {
  index: 0,
  pending: [],
  awaitsTask: false,
}

/** Records an observation; it counts when Temporal has accepted its workflow task. */
export function observe(observation: Observation): void {
  run.pending.push(observation)
}

/** Sends the observations of a workflow task in one call, and reports when the run continues. */
export const observationInternals: WorkflowInternalsInterceptor = {
  activate(input, next) {
    if (run.awaitsTask) {
      run.awaitsTask = false
      compozyObservations.continued()
    }
    return next(input)
  },
  concludeActivation(input, next) {
    const output = next(input)
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
