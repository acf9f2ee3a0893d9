import { DataPointType, type CollectionResult, type MetricData } from '@opentelemetry/sdk-metrics'
import { otherLabel } from '../catalogue.ts'
import type { CollectError } from '../instruments/registry.ts'
import { ownScope } from '../instruments/producer.ts'

/** How OpenTelemetry marks the series of whatever came after an instrument was full. */
const overflowAttribute = 'otel.metric.overflow'

type Attributes = MetricData['dataPoints'][number]['attributes']

const validName = (text: string): string => text.replaceAll(/\W/g, '_').replace(/^(?=\d)/, '_')

/** Label names as Prometheus takes them; names that fall together keep all their values, joined by a semicolon. */
function validLabels(attributes: Attributes): Attributes {
  if (Object.keys(attributes).every((name) => name === validName(name))) return attributes
  const valid: Record<string, string> = {}
  for (const [name, value] of Object.entries(attributes)) {
    const label = validName(name)
    valid[label] = label in valid ? `${valid[label]};${String(value)}` : String(value)
  }
  return valid
}

/** What a family is exported as. */
function exportedName({ descriptor: { name }, ...metric }: MetricData): string {
  const valid = validName(name)
  const counter = metric.dataPointType === DataPointType.SUM && metric.isMonotonic
  return counter && !valid.endsWith('_total') ? `${valid}_total` : valid
}

/** Instruments of the plain OpenTelemetry Meter, made fit to stand beside ours. */
export interface ForeignFamilies {
  readonly result: CollectionResult
  /** Families that were left out because their name is taken. */
  readonly errors: readonly CollectError[]
  /** Exported names of families that are full. */
  readonly full: readonly string[]
}

/**
 * Makes what other instruments gave fit for the exposition: valid names, no name twice, and OpenTelemetry's overflow
 * series under `other`, the word that all our families use for it.
 */
export function admitForeign(collection: CollectionResult): ForeignFamilies {
  const names = new Set<string>()
  const errors: CollectError[] = []
  const full: string[] = []
  const scopeMetrics = collection.resourceMetrics.scopeMetrics.map((scoped) => {
    if (scoped.scope.name === ownScope) {
      for (const { descriptor } of scoped.metrics) names.add(descriptor.name)
      return scoped
    }
    return { ...scoped, metrics: [] as MetricData[], given: scoped.metrics }
  })
  const admitted = scopeMetrics.map((scoped) => {
    if (!('given' in scoped)) return scoped
    const metrics = scoped.given.flatMap((metric): MetricData[] => {
      const name = exportedName(metric)
      if (names.has(name)) {
        errors.push({ collector: 'meter', error: new Error(`${name} is declared twice`) })
        return []
      }
      names.add(name)
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
