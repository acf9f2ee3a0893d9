import type { CustomMetric } from '../core/custom-metric.ts'
import { formatPlace } from '../core/source.ts'
import type { MetricDeclaration } from '../compiler/compile-metrics.ts'

/** Returns the YAML keys whose values differ. */
function differences(a: CustomMetric, b: CustomMetric): readonly string[] {
  const keys = ['type', 'help', 'unit', 'buckets', 'labels', 'toolName'] as const
  return keys.filter((key) => JSON.stringify(a[key]) !== JSON.stringify(b[key]))
}

/** Returns the name of a family in OpenMetrics, which has no `_total` in counter names. */
const familyName = ({ name, type }: CustomMetric): string =>
  type === 'counter' ? name.replace(/_total$/, '') : name

/**
 * Returns the metrics of all files by exported name. A metric may be recorded in many places with
 * one definition; a different one is reported, and so is another metric with its OpenMetrics name.
 */
export function mergeMetrics(declarations: readonly MetricDeclaration[]): readonly CustomMetric[] {
  const merged = new Map<string, MetricDeclaration>()
  const byFamily = new Map<string, MetricDeclaration>()
  for (const declaration of declarations) {
    const { metric, report, path } = declaration
    const first = merged.get(metric.name)
    if (first === undefined) {
      const clash = byFamily.get(familyName(metric))
      if (clash !== undefined) reportClash(declaration, clash)
      byFamily.set(familyName(metric), declaration)
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
 * A counter `made` and a gauge `made` are one family in OpenMetrics: the scrape would be invalid.
 */
function reportClash({ metric, report, path }: MetricDeclaration, other: MetricDeclaration): void {
  const place = formatPlace(other.report.source.locate([...other.path, 'name']))
  const pair = `${metric.name} (${metric.type}) and ${other.metric.name} (${other.metric.type})`
  report.error([...path, 'name'], `${pair} have the same name in OpenMetrics`, {
    hint: `the other is in ${place}; rename one of them`,
  })
}
