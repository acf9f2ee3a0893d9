import type { ActivateInput, WorkflowInterceptorsFactory } from '@temporalio/workflow'
import { reservedPrefix } from '../../core/free-name.ts'
import { isReadable } from '../../infra/temporal/readable-payloads.ts'

/** What the current activation brings. All runs of a thread share it: activations never overlap. */
const current: { answersToCome: number | undefined } = { answersToCome: undefined }

/**
 * Takes one answer of the current activation. Returns how many it still brings; undefined where
 * that is not known: it brings something else too, or a step has been taken since it began.
 */
export function takeAnswer(): number | undefined {
  if (current.answersToCome === undefined) return undefined
  const left = --current.answersToCome
  if (left === 0) noteStep()
  return left
}

/** Notes a step of the run: further answers may come from what it has sent. */
export function noteStep(): void {
  current.answersToCome = undefined
}

type Jobs = NonNullable<ActivateInput['activation']['jobs']>

/**
 * Returns the jobs of an activation without the signals that the SDK refuses or can't read: it
 * would fail this workflow task and every later one of the run. The API sends none, but any client
 * of Temporal can.
 */
function takenJobs({ activation: { jobs } }: ActivateInput): Jobs {
  return (jobs ?? []).filter(
    ({ signalWorkflow: signal }) =>
      !signal || (!signal.signalName?.startsWith(reservedPrefix) && isReadable(signal.input)),
  )
}

const isAnswer = ({ resolveActivity, fireTimer }: Jobs[number]): boolean =>
  (resolveActivity ?? fireTimer ?? undefined) !== undefined

/**
 * Leaves out the signals that no run can take, and counts the results of activities and timers if
 * an activation brings nothing else.
 */
const readJobs: WorkflowInterceptorsFactory = () => ({
  internals: [
    {
      activate(input, next) {
        const jobs = takenJobs(input)
        const onlyAnswers = jobs.length > 0 && jobs.every(isAnswer)
        current.answersToCome = onlyAnswers ? jobs.length : undefined
        return next({ ...input, activation: { ...input.activation, jobs } })
      },
    },
  ],
})

/** The SDK looks for this name. */
export { readJobs as interceptors }
