import { ApplicationFailure } from '@temporalio/activity'

/** Charges a card. A declined card is not tried again. */
export async function charge(amount: number, declined: boolean): Promise<string> {
  if (declined) throw ApplicationFailure.nonRetryable('the card was declined', 'Declined')
  return `charged ${amount}`
}
