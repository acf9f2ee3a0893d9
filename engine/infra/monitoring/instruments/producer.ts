import type { HrTime } from '@opentelemetry/api'
import type {
  CollectionResult,
  DataPoint,
  Histogram,
  MetricData,
  MetricProducer,
} from '@opentelemetry/sdk-metrics'
import { cumulative, dataPointTypes, doubleValue, noResource } from './data-model.ts'
import type { NativeSnapshot } from './native-histogram.ts'
import { hrTime, type CollectError, type Registry } from './registry.ts'
import type { Exemplar } from './slots.ts'
import {
  isHistogram,
  seriesPerStep,
  takeSnapshot,
  type HistogramSnapshot,
  type Snapshot,
  type ValueSnapshot,
} from './snapshot.ts'
import { inTurns, type Interruptible } from './turns.ts'

/** What a data point of the engine carries beyond OpenTelemetry's. */
export interface PointExtras {
  readonly native?: NativeSnapshot | undefined
  /** By bucket for a histogram; one for a counter. */
  readonly exemplars?: readonly (Exemplar | undefined)[] | undefined
}

function* histogramPoints(
  { series, counts, sums, natives, exemplars }: HistogramSnapshot,
  endTime: HrTime,
): Interruptible<DataPoint<Histogram>[]> {
  const points: (DataPoint<Histogram> & PointExtras)[] = []
  for (let i = 0; i < series.length; i++) {
    if (i % seriesPerStep === 0) yield
    const { labels, slot, startTime } = series[i]!
    // The same array each time: the writer caches the text of the bounds by it.
    const boundaries = slot.bounds as number[]
    const width = boundaries.length + 1
    const own: number[] = []
    let count = 0
    for (let at = i * width; at < (i + 1) * width; at++) {
      own.push(counts[at]!)
      count += counts[at]!
    }
    points.push({
      attributes: labels,
      startTime,
      endTime,
      value: { buckets: { boundaries, counts: own }, sum: sums[i]!, count },
      native: natives[i],
      exemplars: exemplars.get(i),
    })
  }
  return points
}

function* valuePoints(
  { series, values, exemplars }: ValueSnapshot,
  endTime: HrTime,
): Interruptible<DataPoint<number>[]> {
  const points: (DataPoint<number> & PointExtras)[] = []
  for (let i = 0; i < series.length; i++) {
    if (i % seriesPerStep === 0) yield
    const { labels, startTime } = series[i]!
    const exemplar = exemplars.get(i)
    points.push({
      attributes: labels,
      startTime,
      endTime,
      value: values[i]!,
      exemplars: exemplar && [exemplar],
    })
  }
  return points
}

function* toMetricData(snapshot: Snapshot, endTime: HrTime): Interruptible<MetricData> {
  const { family } = snapshot
  const descriptor = {
    name: family.name,
    description: family.help,
    unit: family.unit ?? '',
    valueType: doubleValue,
  }
  const common = { descriptor, aggregationTemporality: cumulative }
  if (isHistogram(snapshot)) {
    const dataPoints = yield* histogramPoints(snapshot, endTime)
    return { ...common, dataPointType: dataPointTypes.histogram, dataPoints }
  }
  const dataPoints = yield* valuePoints(snapshot, endTime)
  return family.kind === 'counter'
    ? { ...common, dataPointType: dataPointTypes.sum, isMonotonic: true, dataPoints }
    : { ...common, dataPointType: dataPointTypes.gauge, dataPoints }
}

/**
 * First the values of all families are copied, within milliseconds of each other, then described.
 * The values of one series are of one moment.
 */
function* collectAll(registry: Registry): Interruptible<CollectionResult> {
  const endTime = hrTime(Date.now())
  const snapshots: Snapshot[] = []
  const errors: CollectError[] = []
  for (const found of registry.read()) {
    if ('collector' in found) errors.push(found)
    else snapshots.push(yield* takeSnapshot(found))
    yield
  }
  const metrics: MetricData[] = []
  for (const snapshot of snapshots) metrics.push(yield* toMetricData(snapshot, endTime))
  return {
    resourceMetrics: {
      resource: noResource,
      scopeMetrics: [{ scope: { name: ownScope }, metrics }],
    },
    errors,
  }
}

/** Scope of the engine's families; instruments of the Meter have other scopes. */
export const ownScope = 'compozy'

/** Creates the producer that describes the slots in OpenTelemetry's data model. */
export function createProducer(registry: Registry): MetricProducer {
  return { collect: () => inTurns(collectAll(registry)) }
}
