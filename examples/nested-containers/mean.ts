export default async function mean({ marks }: { marks: number[] }) {
  return { mean: marks.reduce((sum, mark) => sum + mark, 0) / marks.length }
}
