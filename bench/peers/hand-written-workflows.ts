import { proxyActivities } from '@temporalio/workflow'

const { echo } = proxyActivities<{ echo(input: { n: number }): Promise<unknown> }>({
  startToCloseTimeout: '1m',
  heartbeatTimeout: '10s',
})

/** What `fixtures/flow` does, written by hand: so many tool calls, one after the other. */
export async function handWritten(calls: number): Promise<{ n: number }> {
  for (let n = 1; n <= calls; n++) await echo({ n })
  return { n: calls }
}
