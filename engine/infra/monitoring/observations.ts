import { proxySinks, type Sinks, type WorkflowInternalsInterceptor } from '@temporalio/workflow'

/** A value of a metric that the user declared, or that it could not be computed. Plain data. */
export type CustomObservation =
  | {
      readonly type: 'custom_metric'
      readonly name: string
      readonly value: number
      readonly labels: Readonly<Record<string, string>>
    }
  | { readonly type: 'custom_metric_failed'; readonly name: string }

/** What the sandbox tells of observations. */
export interface ObservationSinks extends Sinks {
  compozyObservations: {
    /** `index` counts the observations of a run; a repeated workflow task says the same one under the same index. */
    observed(index: number, observation: CustomObservation): void
    /** The run goes on after a workflow task that made observations: the server has taken that task. */
    wentOn(): void
  }
}

const { compozyObservations } = proxySinks<ObservationSinks>()

/** This module is evaluated anew for every run, so this is the state of one run. */
const run = { index: 0, awaitsTask: false }

/** Tells of an observation; it counts once its workflow task is accepted. */
export function observe(observation: CustomObservation): void {
  compozyObservations.observed(run.index++, observation)
  run.awaitsTask = true
}

/** Tells when a run goes on after observations. */
export const observationInternals: WorkflowInternalsInterceptor = {
  activate(input, next) {
    if (run.awaitsTask) {
      run.awaitsTask = false
      compozyObservations.wentOn()
    }
    return next(input)
  },
}
