import { condition, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow'

const { echo } = proxyActivities<{ echo(input: { n: number }): Promise<unknown> }>({
  startToCloseTimeout: '1m',
  heartbeatTimeout: '10s',
})

/**
 * What `fixtures/flow` does in one, ten and hundred, written by hand: so many tool calls, one after
 * the other.
 */
export async function inSequence(calls: number): Promise<{ n: number }> {
  for (let n = 1; n <= calls; n++) await echo({ n })
  return { n: calls }
}

/** What its collection does: so many tool calls at once. */
export async function inParallel(calls: number): Promise<unknown> {
  return Promise.all(Array.from({ length: calls }, (_, n) => echo({ n })))
}

const approve = defineSignal('approve')

/** What `fixtures/flow` does in wait: waits a day for a signal. */
export async function forSignal(): Promise<string> {
  let isApproved = false
  setHandler(approve, () => {
    isApproved = true
  })
  return (await condition(() => isApproved, '1d')) ? 'approved' : 'expired'
}
