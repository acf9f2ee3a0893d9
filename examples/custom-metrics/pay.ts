interface Context {
  metrics: { add(name: string, value?: number, labels?: Record<string, string>): void }
}

export default async function pay({ amount }: { amount: number }, { metrics }: Context) {
  metrics.add('lookups', 1, { source: amount < 10 ? 'cache' : 'bank' })
  if (amount < 0) throw new Error('the bank refuses a negative amount')
  return { amount }
}
