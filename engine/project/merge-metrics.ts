import { openMetricsNames, type CustomMetric } from '../core/custom-metric.ts'
import { formatPlace } from '../core/source.ts'
import type { MetricDeclaration } from '../compiler/compile-metrics.ts'

/** A mapping has no order, and neither have the values that a label may take. */
function comparable(metric: CustomMetric, key: keyof CustomMetric): string | undefined {
  if (key !== 'labels') return JSON.stringify(metric[key])
  const names = Object.keys(metric.labels).toSorted()
  return JSON.stringify(names.map((name) => [name, metric.labels[name]!.toSorted()]))
}

/** Returns the YAML keys whose values differ. */
function differences(a: CustomMetric, b: CustomMetric): readonly string[] {
  const keys = ['type', 'help', 'unit', 'buckets', 'labels', 'toolName'] as const
  return keys.filter((key) => comparable(a, key) !== comparable(b, key))
}

/**
 * Returns the metrics of all files by exported name. A metric may be recorded in many places with
 * one definition; a different one is reported, and so is another metric that shares a name with it
 * in OpenMetrics.
 */
export function mergeMetrics(declarations: readonly MetricDeclaration[]): readonly CustomMetric[] {
  const merged = new Map<string, MetricDeclaration>()
  const owners = new Map<string, MetricDeclaration>()
  for (const declaration of declarations) {
    const { metric, report, path } = declaration
    const first = merged.get(metric.name)
    if (first === undefined) {
      claimNames(declaration, owners)
      merged.set(metric.name, declaration)
      continue
    }
    const different = differences(first.metric, metric)
    if (different.length === 0) continue
    const place = formatPlace(first.report.source.locate([...first.path, 'name']))
    report.error(
      [...path, 'name'],
      `the metric ${metric.name} is defined twice, with another ${different.join(' and ')}`,
      {
        hint: `first in ${place}; one name has one definition`,
      },
    )
  }
  return [...merged.values()].map(({ metric }) => metric)
}

/**
 * Takes the names that a metric has in OpenMetrics, and reports one that another metric has: a
 * counter `made` and a gauge `made` are one family there, and a histogram `made` has the sample
 * `made_count`. The scrape would be invalid.
 */
function claimNames(declaration: MetricDeclaration, owners: Map<string, MetricDeclaration>): void {
  const { metric, report, path } = declaration
  const names = openMetricsNames(metric.name, metric.type)
  const shared = names.find((name) => owners.has(name))
  if (shared !== undefined) {
    const other = owners.get(shared)!
    const place = formatPlace(other.report.source.locate([...other.path, 'name']))
    const pair = `${metric.name} (${metric.type}) and ${other.metric.name} (${other.metric.type})`
    report.error([...path, 'name'], `${pair} have the same name in OpenMetrics: ${shared}`, {
      hint: `the other is in ${place}; rename one of them`,
    })
  }
  for (const name of names) if (!owners.has(name)) owners.set(name, declaration)
}
