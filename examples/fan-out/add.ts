export default async function add({ numbers }: { numbers: number[] }) {
  return { count: numbers.length, sum: numbers.reduce((sum, n) => sum + n, 0) }
}
