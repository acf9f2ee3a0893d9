import { labelKey, omitLabels, type VectorSample } from './value.ts'

interface Bucket {
  readonly upper: number
  count: number
}

/** Returns the quantile of cumulative buckets, as Prometheus interpolates it. */
function quantileOf(q: number, unsorted: readonly Bucket[]): number {
  const buckets = [...unsorted].sort((a, b) => a.upper - b.upper)
  const all = buckets.at(-1)
  if (Number.isNaN(q) || all === undefined || all.upper !== Infinity || buckets.length < 2)
    return NaN
  if (q < 0) return -Infinity
  if (q > 1) return Infinity
  for (let i = 1; i < buckets.length; i++)
    buckets[i]!.count = Math.max(buckets[i]!.count, buckets[i - 1]!.count)
  if (all.count === 0) return NaN
  const rank = q * all.count
  const at = buckets.findIndex(({ count }) => count >= rank)
  if (at === buckets.length - 1) return buckets.at(-2)!.upper
  const { upper, count } = buckets[at]!
  if (at === 0 && upper <= 0) return upper
  const below = buckets[at - 1] ?? { upper: 0, count: 0 }
  return below.upper + (upper - below.upper) * ((rank - below.count) / (count - below.count))
}

/** `histogram_quantile(q, buckets)`: one value a series without `le`. */
export function histogramQuantile(q: number, vector: readonly VectorSample[]): VectorSample[] {
  const groups = new Map<string, { labels: VectorSample['labels']; buckets: Bucket[] }>()
  for (const { labels, value } of vector) {
    const upper = Number((labels['le'] ?? '').replace('Inf', 'Infinity') || NaN)
    if (Number.isNaN(upper)) continue
    const rest = omitLabels(labels, ['le', '__name__'])
    const key = labelKey(rest)
    const group = groups.get(key) ?? { labels: rest, buckets: [] }
    group.buckets.push({ upper, count: value })
    groups.set(key, group)
  }
  return [...groups.values()].map(({ labels, buckets }) => ({
    labels,
    value: quantileOf(q, buckets),
  }))
}
