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
import type { NativeSnapshot } from './native-histogram.ts'
import { hrTime, type Collected, type Registry } from './registry.ts'
import type { Exemplar, HistogramSlot, ValueSlot } from './slots.ts'

/** What a data point of the engine carries beyond OpenTelemetry's. */
export interface PointExtras {
  readonly native?: NativeSnapshot | undefined
  /** By bucket for a histogram; one for a counter. */
  readonly exemplars?: readonly (Exemplar | undefined)[] | undefined
}

function toMetricData({ family, series }: Collected, endTime: HrTime): MetricData {
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
    const dataPoints = series.map(({ labels, slot, startTime }) => {
      const { bounds, counts, sum, native, exemplars } = slot as HistogramSlot
      // The same array each time: the writer caches the text of the bounds by it.
      const buckets = { boundaries: bounds as number[], counts: Array.from(counts) }
      const value = { buckets, sum, count: counts.reduce((total, count) => total + count, 0) }
      const extras: PointExtras = {
        native: native?.snapshot(),
        exemplars: exemplars && [...exemplars],
      }
      return { attributes: labels, startTime, endTime, value, ...extras }
    })
    return { ...common, dataPointType: DataPointType.HISTOGRAM, dataPoints }
  }
  const dataPoints = series.map(({ labels, slot, startTime }) => {
    const { value, exemplar } = slot as ValueSlot
    const extras: PointExtras = { exemplars: exemplar && [exemplar] }
    return { attributes: labels, startTime, endTime, value, ...extras }
  })
  return family.kind === 'counter'
    ? { ...common, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints }
    : { ...common, dataPointType: DataPointType.GAUGE, dataPoints }
}

/** Scope of the engine's families; instruments of the Meter have other scopes. */
export const ownScope = 'compozy'

/** Creates the producer that hands the slots to the OpenTelemetry reader. */
export function createProducer(registry: Registry): MetricProducer {
  return {
    collect: async (): Promise<CollectionResult> => {
      const endTime = hrTime(Date.now())
      const { collected, errors } = registry.collect()
      const metrics = collected.map((family) => toMetricData(family, endTime))
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
