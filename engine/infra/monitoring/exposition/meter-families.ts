import type { CollectionResult, MetricData } from '@opentelemetry/sdk-metrics'
import { openMetricsNames } from '../../../core/custom-metric.ts'
import { otherLabel } from '../catalogue.ts'
import { dataPointTypes } from '../instruments/data-model.ts'
import type { CollectError } from '../instruments/registry.ts'
import { ownScope } from '../instruments/producer.ts'
import { withDistinctBounds } from './distinct-bounds.ts'
import { mergePoints, type MeterPoint } from './merge-points.ts'
import { exportedLabels, seriesLabels, validName, type SeriesLabels } from './meter-labels.ts'
import { isCounter, type Attributes } from './samples.ts'

/** How OpenTelemetry marks the series of label sets past its limit. */
const overflowAttribute = 'otel.metric.overflow'

const takenMessage = (name: string): string =>
  `the name ${name} is taken by another metric; rename the instrument of the Meter`

const boundsMessage = (name: string): string =>
  `the bucket bounds of ${name} do not rise; give the histogram of the Meter finite, rising bounds`

/** Returns the exported name of a family. */
function exportedName(metric: MetricData): string {
  const valid = validName(metric.descriptor.name)
  return isCounter(metric) && !valid.endsWith('_total') ? `${valid}_total` : valid
}

/** Returns the names that a family and its samples have in any format. */
function namesOf(metric: MetricData): readonly string[] {
  const { name } = metric.descriptor
  if (metric.dataPointType === dataPointTypes.histogram) return openMetricsNames(name, 'histogram')
  return openMetricsNames(name, isCounter(metric) ? 'counter' : 'gauge')
}

/**
 * Names of families and of their samples, each of which only one family may have: a parser of
 * OpenMetrics refuses the whole text otherwise.
 */
function createNames() {
  const claimed = new Set<string>()
  return {
    take(metric: MetricData): void {
      for (const name of namesOf(metric)) claimed.add(name)
    },
    isTaken: (metric: MetricData): boolean => namesOf(metric).some((name) => claimed.has(name)),
  }
}

/** Families of the OpenTelemetry Meter, merged with the engine's own. */
export interface MeterFamilies {
  readonly result: CollectionResult
  /** Families left out because their name is taken or their buckets cannot be read. */
  readonly errors: readonly CollectError[]
  /** Exported names of families at their cardinality limit. */
  readonly full: readonly string[]
}

/**
 * Creates a function that prepares the families of the OpenTelemetry Meter for the exposition:
 * valid names, no name and no series twice, and the overflow series recorded as `other`, as in
 * every family of the engine. Labels are kept by the attributes' object, which OpenTelemetry keeps
 * for a series: the writers cache their text by it.
 */
export function createMeterAdmission(): (collection: CollectionResult) => MeterFamilies {
  const known = new WeakMap<Attributes, SeriesLabels>()

  function labelsOf(attributes: Attributes): SeriesLabels {
    let labels = known.get(attributes)
    if (labels === undefined) known.set(attributes, (labels = exportedLabels(attributes)))
    return labels
  }

  /** Returns the points with valid labels, one for each series. */
  function seriesOf(metric: MetricData): { points: readonly MeterPoint[]; isFull: boolean } {
    const isOverflow = ({ attributes }: MeterPoint): boolean => overflowAttribute in attributes
    const points: readonly MeterPoint[] = metric.dataPoints
    const names = points
      .filter((point) => !isOverflow(point))
      .flatMap(({ attributes }) => Object.keys(labelsOf(attributes).labels))
    const overflow = seriesLabels(Object.fromEntries(names.map((name) => [name, otherLabel])))
    const series = new Map<string, MeterPoint>()
    for (const point of points) {
      const { labels, key } = isOverflow(point) ? overflow : labelsOf(point.attributes)
      const found = series.get(key)
      const next = { ...point, attributes: labels }
      series.set(key, found === undefined ? next : mergePoints(metric, found, next))
    }
    return { points: [...series.values()], isFull: points.some(isOverflow) }
  }

  return (collection) => {
    const names = createNames()
    const errors: CollectError[] = []
    const full: string[] = []

    function admit(metric: MetricData): MetricData[] {
      const name = exportedName(metric)
      const named = { ...metric, descriptor: { ...metric.descriptor, name } } as MetricData
      if (names.isTaken(named)) {
        errors.push({ collector: 'meter', error: new Error(takenMessage(name)) })
        return []
      }
      const { points: series, isFull } = seriesOf(metric)
      const points = withDistinctBounds(metric, series)
      if (points === undefined) {
        errors.push({ collector: 'meter', error: new Error(boundsMessage(name)) })
        return []
      }
      names.take(named)
      if (isFull) full.push(name)
      return [{ ...named, dataPoints: points } as MetricData]
    }

    const { scopeMetrics } = collection.resourceMetrics
    for (const { scope, metrics } of scopeMetrics)
      if (scope.name === ownScope) for (const metric of metrics) names.take(metric)
    const admitted = scopeMetrics.map((scoped) =>
      scoped.scope.name === ownScope
        ? scoped
        : { scope: scoped.scope, metrics: scoped.metrics.flatMap(admit) },
    )
    return {
      result: {
        ...collection,
        resourceMetrics: { ...collection.resourceMetrics, scopeMetrics: admitted },
      },
      errors,
      full,
    }
  }
}
