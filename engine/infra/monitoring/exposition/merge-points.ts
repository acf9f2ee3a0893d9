import type { HrTime } from '@opentelemetry/api'
import type { Histogram, MetricData } from '@opentelemetry/sdk-metrics'
import { dataPointTypes } from '../instruments/data-model.ts'

/** A series of a family of the Meter, as it was collected. */
export type MeterPoint = MetricData['dataPoints'][number]

const earlier = (a: HrTime, b: HrTime): HrTime =>
  a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]) ? a : b

/** Returns the sum of two histograms of one instrument, whose bounds are always equal. */
function addHistograms(a: Histogram, b: Histogram): Histogram {
  const { boundaries, counts } = a.buckets
  return {
    buckets: { boundaries, counts: counts.map((count, i) => count + b.buckets.counts[i]!) },
    sum: (a.sum ?? 0) + (b.sum ?? 0),
    count: a.count + b.count,
  }
}

/** Returns one point for two of a series: their sum, or of a gauge the later one. */
export function mergePoints(
  { dataPointType }: Pick<MetricData, 'dataPointType'>,
  a: MeterPoint,
  b: MeterPoint,
): MeterPoint {
  const startTime = earlier(a.startTime, b.startTime)
  if (dataPointType === dataPointTypes.gauge) return b
  if (typeof a.value === 'number' && typeof b.value === 'number')
    return { ...a, startTime, value: a.value + b.value }
  if (dataPointType === dataPointTypes.histogram)
    return { ...a, startTime, value: addHistograms(a.value as Histogram, b.value as Histogram) }
  // No format has the exponential histograms of OpenTelemetry.
  return b
}
