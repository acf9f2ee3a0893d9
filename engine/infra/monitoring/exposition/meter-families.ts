import type { CollectionResult, MetricData } from '@opentelemetry/sdk-metrics'
import { otherLabel } from '../catalogue.ts'
import type { CollectError } from '../instruments/registry.ts'
import { ownScope } from '../instruments/producer.ts'
import { isCounter, type Attributes } from './samples.ts'

/** How OpenTelemetry marks the series of label sets past its limit. */
const overflowAttribute = 'otel.metric.overflow'

const validName = (text: string): string => text.replaceAll(/\W/g, '_').replace(/^(?=\d)/, '_')

/** Returns labels with valid names. Labels whose names become equal are joined by a semicolon. */
function validLabels(attributes: Attributes): Attributes {
  if (Object.keys(attributes).every((name) => name === validName(name))) return attributes
  const valid: Record<string, string> = {}
  for (const [name, value] of Object.entries(attributes)) {
    const label = validName(name)
    valid[label] = label in valid ? `${valid[label]};${String(value)}` : String(value)
  }
  return valid
}

/** Returns the exported name of a family. */
function exportedName(metric: MetricData): string {
  const valid = validName(metric.descriptor.name)
  return isCounter(metric) && !valid.endsWith('_total') ? `${valid}_total` : valid
}

/** Families of the OpenTelemetry Meter, merged with the engine's own. */
export interface MeterFamilies {
  readonly result: CollectionResult
  /** Families left out because their name is taken. */
  readonly errors: readonly CollectError[]
  /** Exported names of families at their cardinality limit. */
  readonly full: readonly string[]
}

/**
 * Prepares the families of the OpenTelemetry Meter for the exposition: valid names, no name twice,
 * and the overflow series recorded as `other`, as in every family of the engine.
 */
export function admitMeterFamilies(collection: CollectionResult): MeterFamilies {
  const names = new Set<string>()
  const familyName = (metric: MetricData, name: string): string =>
    isCounter(metric) ? name.replace(/_total$/, '') : name
  const errors: CollectError[] = []
  const full: string[] = []
  const scopeMetrics = collection.resourceMetrics.scopeMetrics.map((scoped) => {
    if (scoped.scope.name === ownScope) {
      for (const metric of scoped.metrics) names.add(familyName(metric, metric.descriptor.name))
      return scoped
    }
    return { ...scoped, metrics: [] as MetricData[], given: scoped.metrics }
  })
  const admitted = scopeMetrics.map((scoped) => {
    if (!('given' in scoped)) return scoped
    const metrics = scoped.given.flatMap((metric): MetricData[] => {
      const name = exportedName(metric)
      if (names.has(familyName(metric, name))) {
        errors.push({ collector: 'meter', error: new Error(`${name} is declared twice`) })
        return []
      }
      names.add(familyName(metric, name))
      const labels = new Set(
        metric.dataPoints
          .flatMap(({ attributes }) => Object.keys(attributes))
          .filter((key) => key !== overflowAttribute),
      )
      const dataPoints = metric.dataPoints.map((point) => {
        if (!(overflowAttribute in point.attributes))
          return { ...point, attributes: validLabels(point.attributes) }
        full.push(name)
        const attributes = Object.fromEntries(
          [...labels].map((label) => [validName(label), otherLabel]),
        )
        return { ...point, attributes }
      })
      return [{ ...metric, descriptor: { ...metric.descriptor, name }, dataPoints } as MetricData]
    })
    return { scope: scoped.scope, metrics }
  })
  return {
    result: {
      ...collection,
      resourceMetrics: { ...collection.resourceMetrics, scopeMetrics: admitted },
    },
    errors,
    full,
  }
}
