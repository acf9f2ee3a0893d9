import type { ActivateInput, WorkflowInterceptorsFactory } from '@temporalio/workflow'
import { reservedPrefix } from '../core/free-name.ts'

/** What the current activation brings. All runs of a thread share it: activations never overlap. */
const current = { hasLoneAnswer: false }

/**
 * Reports whether nothing else can arrive with this answer, and takes it: a second answer of the
 * same activation comes from what the run has sent since.
 */
export function takeLoneAnswer(): boolean {
  const { hasLoneAnswer } = current
  current.hasLoneAnswer = false
  return hasLoneAnswer
}

type Jobs = NonNullable<ActivateInput['activation']['jobs']>

/**
 * Returns the jobs of an activation without the signals that the SDK refuses: it would fail this
 * workflow task and every later one of the run. The API sends none, but any client of Temporal can.
 */
function takenJobs({ activation: { jobs } }: ActivateInput): Jobs {
  return (jobs ?? []).filter(
    ({ signalWorkflow }) => !signalWorkflow?.signalName?.startsWith(reservedPrefix),
  )
}

/**
 * Leaves out the signals that no run can take, and notes whether an activation brings the result of
 * one activity or timer and nothing else.
 */
const readJobs: WorkflowInterceptorsFactory = () => ({
  internals: [
    {
      activate(input, next) {
        const jobs = takenJobs(input)
        const answer = jobs[0]?.resolveActivity ?? jobs[0]?.fireTimer ?? undefined
        current.hasLoneAnswer = jobs.length === 1 && answer !== undefined
        return next({ ...input, activation: { ...input.activation, jobs } })
      },
    },
  ],
})

/** The SDK looks for this name. */
export { readJobs as interceptors }
