import {
  ApplicationFailure,
  condition,
  continueAsNew,
  setDefaultSignalHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow'

/**
 * The argument of every run here; `carried` marks a hop of a chain, as the engine's own argument
 * does.
 */
export interface ChaosStart {
  readonly hopsLeft?: number
  readonly carried?: { readonly startedAt: number }
}

/**
 * Lengths of the history at which the workflow tasks of `stumbles` fail: the first attempt at the
 * first task, and the first attempt after the timer. A repeated task finds a longer history.
 */
const stumblesAt = [3, 11]

function stumble(): void {
  // No TemporalFailure: it fails the workflow task, not the run.
  if (stumblesAt.includes(workflowInfo().historyLength)) throw new TypeError('a defect')
}

/**
 * Eight types of workflows in one function, each of which ends in another way. The type says which.
 */
export default async function chaos({ hopsLeft = 0 }: ChaosStart = {}): Promise<string> {
  const { workflowType, startTime } = workflowInfo()
  let signals = 0
  setDefaultSignalHandler(() => {
    signals++
    if (workflowType === 'handler_fails') throw ApplicationFailure.nonRetryable('by a handler')
  })
  switch (workflowType) {
    case 'plain':
      return 'done'
    case 'fails':
      throw ApplicationFailure.nonRetryable('as asked')
    case 'stumbles':
      stumble()
      await sleep(1)
      stumble()
      return 'done'
    case 'timer':
      await sleep(20)
      return 'done'
    case 'raced':
      // Ends at the first signal, while more are on their way.
      await condition(() => signals > 0)
      return 'done'
    case 'chain':
      if (hopsLeft > 0)
        await continueAsNew<typeof chaos>({
          hopsLeft: hopsLeft - 1,
          carried: { startedAt: startTime.getTime() },
        })
      return 'done'
    case 'canceled':
      await condition(() => false)
      return 'never'
    case 'handler_fails':
      await condition(() => false)
      return 'never'
    default:
      throw ApplicationFailure.nonRetryable(`no type ${workflowType}`)
  }
}
