import type { ValueType } from '@opentelemetry/api'
import type { AggregationTemporality, DataPointType } from '@opentelemetry/sdk-metrics'
import type { Resource } from '@opentelemetry/resources'

/**
 * Values of OpenTelemetry's data model, as its SDK and its API declare them; a test compares both.
 * The SDK is a hundred modules and 8 MB of memory, which a process without a Meter does not load.
 */
interface DataPointTypes {
  readonly histogram: DataPointType.HISTOGRAM
  readonly exponentialHistogram: DataPointType.EXPONENTIAL_HISTOGRAM
  readonly gauge: DataPointType.GAUGE
  readonly sum: DataPointType.SUM
}

/** What the points of a family are. */
export const dataPointTypes: DataPointTypes = {
  histogram: 0,
  exponentialHistogram: 1,
  gauge: 2,
  sum: 3,
}

/** All values are doubles. */
export const doubleValue: ValueType.DOUBLE = 1

/** Values count from the start of their series. */
export const cumulative: AggregationTemporality.CUMULATIVE = 1

/** A resource without attributes: Prometheus adds its own labels to a target. */
export const noResource: Resource = {
  attributes: {},
  merge: (other) => other ?? noResource,
  getRawAttributes: () => [],
}
