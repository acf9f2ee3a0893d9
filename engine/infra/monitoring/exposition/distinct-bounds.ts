import type { MetricData } from '@opentelemetry/sdk-metrics'
import { misplacedBound } from '../../../core/custom-metric.ts'
import { dataPointTypes } from '../instruments/data-model.ts'
import type { MeterPoint } from './merge-points.ts'

interface Buckets {
  readonly boundaries: number[]
  readonly counts: number[]
}

/** Returns buckets whose equal bounds are one, with the counts of both. */
function mergeBuckets({ boundaries, counts }: Buckets): Buckets {
  const merged: Buckets = { boundaries: [], counts: [] }
  for (const [index, count] of counts.entries()) {
    const bound = boundaries[index]
    const last = merged.counts.length - 1
    if (bound !== undefined && bound === merged.boundaries.at(-1)) merged.counts[last]! += count
    else {
      if (bound !== undefined) merged.boundaries.push(bound)
      merged.counts.push(count)
    }
  }
  return merged
}

const bucketsOf = ({ value }: MeterPoint): Buckets | undefined =>
  typeof value === 'object' && 'buckets' in value && 'boundaries' in value.buckets
    ? value.buckets
    : undefined

/**
 * Returns the points of an instrument with bounds that rise strictly: OpenTelemetry keeps equal
 * ones. Undefined for bounds that cannot, such as NaN. All points of an instrument have the same.
 */
export function withDistinctBounds(
  { dataPointType }: Pick<MetricData, 'dataPointType'>,
  points: readonly MeterPoint[],
): readonly MeterPoint[] | undefined {
  const [first] = points
  if (dataPointType !== dataPointTypes.histogram || first === undefined) return points
  const isRising = (buckets: Buckets | undefined): boolean =>
    buckets === undefined || misplacedBound(buckets.boundaries) === undefined
  const known = bucketsOf(first)
  if (known === undefined || isRising(known)) return points
  if (!isRising(mergeBuckets(known))) return undefined
  return points.map((point) => {
    const buckets = mergeBuckets(bucketsOf(point)!)
    return { ...point, value: { ...(point.value as object), buckets } } as MeterPoint
  })
}
