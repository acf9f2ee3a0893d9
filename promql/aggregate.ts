import type { AggregateExpression } from './expression.ts'
import { labelKey, omitLabels, pickLabels, type VectorSample } from './value.ts'

type Reduce = (values: readonly number[]) => number

const reducers: Readonly<Record<string, Reduce>> = {
  sum: (values) => values.reduce((a, b) => a + b, 0),
  avg: (values) => values.reduce((a, b) => a + b, 0) / values.length,
  count: (values) => values.length,
  max: (values) => values.reduce((a, b) => (b > a || Number.isNaN(a) ? b : a)),
  min: (values) => values.reduce((a, b) => (b < a || Number.isNaN(a) ? b : a)),
  group: () => 1,
}

/** Names of the aggregations that the page can evaluate. */
export const aggregations: ReadonlySet<string> = new Set([
  ...Object.keys(reducers),
  'topk',
  'bottomk',
])

function topOf(samples: readonly VectorSample[], count: number, sign: number): VectorSample[] {
  return [...samples].sort((a, b) => sign * (b.value - a.value)).slice(0, Math.max(0, count))
}

/** Aggregates a vector: one sample a group, or for `topk` and `bottomk` some of each group. */
export function aggregate(
  { op, labels: names, without }: AggregateExpression,
  vector: readonly VectorSample[],
  parameter = 0,
): VectorSample[] {
  const groups = new Map<string, { labels: VectorSample['labels']; samples: VectorSample[] }>()
  for (const sample of vector) {
    const labels = without
      ? omitLabels(sample.labels, [...names, '__name__'])
      : pickLabels(sample.labels, names)
    const key = labelKey(labels)
    const group = groups.get(key) ?? { labels, samples: [] }
    group.samples.push(sample)
    groups.set(key, group)
  }
  if (op === 'topk' || op === 'bottomk') {
    const sign = op === 'topk' ? 1 : -1
    return [...groups.values()].flatMap(({ samples }) => topOf(samples, parameter, sign))
  }
  const reduce = reducers[op]!
  return [...groups.values()].map(({ labels, samples }) => ({
    labels,
    value: reduce(samples.map(({ value }) => value)),
  }))
}
