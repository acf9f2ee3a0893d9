export default async function square({ n }: { n: number }) {
  return n * n
}
