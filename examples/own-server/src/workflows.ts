import {
  condition,
  continueAsNew,
  defineSignal,
  proxyActivities,
  setHandler,
  sleep,
} from '@temporalio/workflow'
import type * as activities from './activities.js'

/** A checkout, and how it is going to end. */
export interface Checkout {
  readonly amount: number
  readonly end: 'paid' | 'declined' | 'approval' | 'later'
}

export const approve = defineSignal('approve')

const { charge } = proxyActivities<typeof activities>({
  startToCloseTimeout: '10s',
  retry: { maximumAttempts: 2, initialInterval: '50ms', nonRetryableErrorTypes: ['Declined'] },
})

/** Charges an order; `approval` waits for a signal first, `later` starts over as a new run. */
export async function checkout(order: Checkout): Promise<string> {
  let approved = order.end !== 'approval'
  setHandler(approve, () => {
    approved = true
  })
  await condition(() => approved)
  if (order.end === 'later') {
    await sleep('20ms')
    await continueAsNew<typeof checkout>({ ...order, end: 'paid' })
  }
  return charge(order.amount, order.end === 'declined')
}
