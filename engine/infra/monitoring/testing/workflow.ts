import {
  ApplicationFailure,
  CancelledFailure,
  continueAsNew,
  workflowInfo,
} from '@temporalio/workflow'

/** How the test's workflow behaves. */
export interface Behaviour {
  readonly ends: 'completed' | 'failed' | 'canceled' | 'continued'
  /** Fails its workflow task as long as its history is no longer than this. */
  readonly stumblesUntil?: number
  readonly carried?: { readonly startedAt: number; readonly repeats?: boolean }
}

/** A workflow that ends at once, in the way that its argument says. */
export default async function run(behaviour: Behaviour): Promise<string> {
  // No TemporalFailure: this fails the workflow task, not the run.
  if (workflowInfo().historyLength <= (behaviour.stumblesUntil ?? 0))
    throw new TypeError('a defect')
  if (behaviour.ends === 'failed') throw ApplicationFailure.nonRetryable('as asked')
  if (behaviour.ends === 'canceled') throw new CancelledFailure('as asked')
  if (behaviour.ends === 'continued')
    await continueAsNew<typeof run>({ ends: 'completed', carried: { startedAt: 1 } })
  return 'done'
}
