import {
  ApplicationFailure,
  CancelledFailure,
  continueAsNew,
  setWorkflowOptions,
  workflowInfo,
} from '@temporalio/workflow'

/** How the test's workflow behaves. */
export interface Behaviour {
  readonly ends: 'completed' | 'failed' | 'canceled' | 'continued'
  /** Fails its workflow task as long as its history is no longer than this. */
  readonly stumblesUntil?: number
  /**
   * Throws an error that fails the run by an option: an EvalError by the workflow's, a RangeError
   * by the worker's, if it has one.
   */
  readonly throws?: 'EvalError' | 'RangeError'
  readonly carried?: { readonly startedAt: number; readonly repeats?: boolean }
}

/** A workflow that ends at once, in the way that its argument says. */
export default async function run(behaviour: Behaviour): Promise<string> {
  // No TemporalFailure: this fails the workflow task, not the run.
  if (workflowInfo().historyLength <= (behaviour.stumblesUntil ?? 0))
    throw new TypeError('a defect')
  if (behaviour.throws === 'EvalError') throw new EvalError('as asked')
  if (behaviour.throws === 'RangeError') throw new RangeError('as asked')
  if (behaviour.ends === 'failed') throw ApplicationFailure.nonRetryable('as asked')
  if (behaviour.ends === 'canceled') throw new CancelledFailure('as asked')
  if (behaviour.ends === 'continued')
    await continueAsNew<typeof run>({ ends: 'completed', carried: { startedAt: 1 } })
  return 'done'
}

setWorkflowOptions({ failureExceptionTypes: [EvalError] }, run)
