import { ValueType, type HrTime } from '@opentelemetry/api'
import { emptyResource } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  DataPointType,
  InstrumentType,
  type CollectionResult,
  type MetricData,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics'
import type { Collected, Registry } from './registry.ts'
import type { HistogramSlot, ValueSlot } from './slots.ts'

function toMetricData(
  { family, series }: Collected,
  startTime: HrTime,
  endTime: HrTime,
): MetricData {
  const descriptor = {
    name: family.name,
    description: family.help,
    unit: family.unit ?? '',
    valueType: ValueType.DOUBLE,
    type: InstrumentType.GAUGE,
    advice: {},
  }
  const common = { descriptor, aggregationTemporality: AggregationTemporality.CUMULATIVE }
  if (family.kind === 'histogram') {
    const dataPoints = series.map(({ labels, slot }) => {
      const { bounds, counts, sum } = slot as HistogramSlot
      // The same array each time: the writer caches the text of the bounds by it.
      const buckets = { boundaries: bounds as number[], counts: Array.from(counts) }
      const value = { buckets, sum, count: counts.reduce((total, count) => total + count, 0) }
      return { attributes: labels, startTime, endTime, value }
    })
    return { ...common, dataPointType: DataPointType.HISTOGRAM, dataPoints }
  }
  const dataPoints = series.map(({ labels, slot }) => ({
    attributes: labels,
    startTime,
    endTime,
    value: (slot as ValueSlot).value,
  }))
  return family.kind === 'counter'
    ? { ...common, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints }
    : { ...common, dataPointType: DataPointType.GAUGE, dataPoints }
}

/** Scope of the engine's families; instruments of the Meter have other scopes. */
export const ownScope = 'compozy'

/** Creates the producer that hands the slots to the OpenTelemetry reader. */
export function createProducer(registry: Registry): MetricProducer {
  const clock = (): HrTime => {
    const now = Date.now()
    return [Math.floor(now / 1_000), (now % 1_000) * 1e6]
  }
  const startTime = clock()
  return {
    collect: async (): Promise<CollectionResult> => {
      const endTime = clock()
      const { collected, errors } = registry.collect()
      const metrics = collected.map((family) => toMetricData(family, startTime, endTime))
      return {
        resourceMetrics: {
          resource: emptyResource(),
          scopeMetrics: [{ scope: { name: ownScope }, metrics }],
        },
        errors: [...errors],
      }
    },
  }
}
