import { formatPlace } from '../core/source.ts'
import type { MetricDeclaration } from '../compiler/compile-metrics.ts'
import type { CustomMetric } from './project.ts'

/** The parts of two definitions that differ, by their YAML keys. */
function differences(a: CustomMetric, b: CustomMetric): readonly string[] {
  const keys = ['type', 'help', 'unit', 'buckets', 'labels'] as const
  return keys.filter((key) => JSON.stringify(a[key]) !== JSON.stringify(b[key]))
}

/**
 * Metrics of all files by exported name. One name has one definition; it may be recorded in many places. A second,
 * different definition is reported where it stands.
 */
export function mergeMetrics(declarations: readonly MetricDeclaration[]): readonly CustomMetric[] {
  const merged = new Map<string, MetricDeclaration>()
  for (const declaration of declarations) {
    const { metric, report, path } = declaration
    const first = merged.get(metric.name)
    if (first === undefined) {
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
