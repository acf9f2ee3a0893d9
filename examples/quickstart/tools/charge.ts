class CardDeclined extends Error {
  override name = 'CardDeclined'
}

class NetworkError extends Error {
  override name = 'NetworkError'
}

interface Charge {
  amount: number
  card: string
}

export default async function charge(
  { amount, card }: Charge,
  context: { attempt: number; idempotency_key: string },
) {
  console.log(`charging ${amount} to card "${card}", attempt ${context.attempt}`)
  if (card === 'declined') throw new CardDeclined('the bank declined the card')
  if (card === 'flaky' && context.attempt < 3) throw new NetworkError('the bank did not answer')
  return { receipt: `r-${context.idempotency_key.slice(-12)}`, amount }
}
