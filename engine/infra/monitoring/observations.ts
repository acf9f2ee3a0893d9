import type { Observation } from '../../core/observation.ts'
import { proxySinks, type Sinks, type WorkflowInternalsInterceptor } from '@temporalio/workflow'

/** What the sandbox tells of observations. */
export interface ObservationSinks extends Sinks {
  compozyObservations: {
    /**
     * All observations of one workflow task. `index` is that of the first; a repeated workflow task says the same ones
     * under the same indices.
     */
    observed(index: number, observations: readonly Observation[]): void
    /** The run goes on after a workflow task that made observations: the server has taken that task. */
    wentOn(): void
  }
}

const { compozyObservations } = proxySinks<ObservationSinks>()

/** This module is evaluated anew for every run, so this is the state of one run. */
const run: { index: number; told: Observation[]; awaitsTask: boolean } = {
  index: 0,
  told: [],
  awaitsTask: false,
}

/** Tells of an observation; it counts once its workflow task is accepted. */
export function observe(observation: Observation): void {
  run.told.push(observation)
}

/** Hands over what a workflow task observed in one call, and tells when the run goes on after it. */
export const observationInternals: WorkflowInternalsInterceptor = {
  activate(input, next) {
    if (run.awaitsTask) {
      run.awaitsTask = false
      compozyObservations.wentOn()
    }
    return next(input)
  },
  concludeActivation(input, next) {
    const output = next(input)
    const { told } = run
    if (told.length > 0) {
      compozyObservations.observed(run.index, told)
      run.index += told.length
      run.told = []
      run.awaitsTask = true
    }
    return output
  },
}
