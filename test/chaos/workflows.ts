import {
  ApplicationFailure,
  condition,
  continueAsNew,
  setDefaultSignalHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow'

/** The argument of every run here; `carried` marks a hop of a chain, as the engine's own argument does. */
export interface ChaosStart {
  readonly hopsLeft?: number
  readonly carried?: { readonly startedAt: number }
}

/**
 * Workflow tasks of `stumbles` fail for so long, ms. The server repeats the first failure at once and the second after
 * a pause, so two fail; it tells a run no attempt number.
 */
const stumblesForMs = 1_000

/** Eight types of workflows in one function, each of which ends in another way. The type says which. */
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
      // No TemporalFailure: it fails the workflow task, not the run.
      if (Date.now() - startTime.getTime() < stumblesForMs) throw new TypeError('a defect')
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
    case 'cancelled':
      await condition(() => false)
      return 'never'
    case 'handler_fails':
      await condition(() => false)
      return 'never'
    default:
      throw ApplicationFailure.nonRetryable(`no type ${workflowType}`)
  }
}
