import {
  ApplicationFailure,
  CancelledFailure,
  continueAsNew,
  setWorkflowOptions,
  workflowInfo,
} from '@temporalio/workflow'

/** How the test's workflow behaves. */
export interface Behavior {
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
export default async function run(behavior: Behavior): Promise<string> {
  // No TemporalFailure: this fails the workflow task, not the run.
  if (workflowInfo().historyLength <= (behavior.stumblesUntil ?? 0)) throw new TypeError('a defect')
  if (behavior.throws === 'EvalError') throw new EvalError('as asked')
  if (behavior.throws === 'RangeError') throw new RangeError('as asked')
  if (behavior.ends === 'failed') throw ApplicationFailure.nonRetryable('as asked')
  if (behavior.ends === 'canceled') throw new CancelledFailure('as asked')
  if (behavior.ends === 'continued')
    await continueAsNew<typeof run>({ ends: 'completed', carried: { startedAt: 1 } })
  return 'done'
}

setWorkflowOptions({ failureExceptionTypes: [EvalError] }, run)
