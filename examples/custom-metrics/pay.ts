export default async function pay({ amount }: { amount: number }) {
  if (amount < 0) throw new Error('the bank refuses a negative amount')
  return { amount }
}
