import type { WorkflowInterceptorsFactory } from '@temporalio/workflow'

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

/** Notes whether an activation brings the result of one activity or timer and nothing else. */
const noteJobs: WorkflowInterceptorsFactory = () => ({
  internals: [
    {
      activate(input, next) {
        const jobs = input.activation.jobs ?? []
        const answer = jobs[0]?.resolveActivity ?? jobs[0]?.fireTimer ?? undefined
        current.hasLoneAnswer = jobs.length === 1 && answer !== undefined
        return next(input)
      },
    },
  ],
})

/** The SDK looks for this name. */
export { noteJobs as interceptors }
