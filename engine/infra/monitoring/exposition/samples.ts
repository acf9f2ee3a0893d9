import type { MetricData } from '@opentelemetry/sdk-metrics'
import { dataPointTypes } from '../instruments/data-model.ts'

/** The labels of a series. */
export type Attributes = MetricData['dataPoints'][number]['attributes']

/** A part of an exposition. */
export interface Piece {
  readonly chunk: string | Uint8Array
  /** Number of samples in the chunk, counted as the text formats write them. */
  readonly samples: number
}

/** Reports whether a family only rises. */
export const isCounter = (metric: MetricData): boolean =>
  metric.dataPointType === dataPointTypes.sum && metric.isMonotonic

/** Returns the name of a family in OpenMetrics, which has no `_total` in counter names. */
export const openMetricsName = (metric: MetricData): string =>
  isCounter(metric) ? metric.descriptor.name.replace(/_total$/, '') : metric.descriptor.name

/** Returns the unit of a family, if its name ends in it as OpenMetrics requires; otherwise ''. */
export function unitOf(metric: MetricData): string {
  const { unit } = metric.descriptor
  return unit !== '' && openMetricsName(metric).endsWith(`_${unit}`) ? unit : ''
}
