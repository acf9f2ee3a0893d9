import type { MetricIr } from '../definition/task-ir.ts'
import {
  renderTree,
  TemplateError,
  testCondition,
  textOf,
  type CelCache,
  type Scope,
} from '../template/sandbox.ts'
import type { Observation } from '../core/observation.ts'

/**
 * How a task or a run ended, for the metrics that the user declared on it. Where it was canceled,
 * none is recorded.
 */
export type MetricTrigger = 'success' | 'error' | 'neither'

/**
 * The observations of metrics declared in YAML. A value that can't be computed gives
 * `custom_metric_failed` and nothing else.
 */
export function evaluateMetrics(
  metrics: readonly MetricIr[],
  ending: MetricTrigger,
  scope: Scope,
  celCache: CelCache,
): readonly Observation[] {
  return metrics
    .filter(({ on }) => on === 'any' || on === ending)
    .flatMap((metric) => evaluateMetric(metric, scope, celCache) ?? [])
}

function evaluateMetric(
  metric: MetricIr,
  scope: Scope,
  celCache: CelCache,
): Observation | undefined {
  const { name, type: kind, when } = metric
  const failed: Observation = { type: 'custom_metric_failed', name }
  try {
    if (when !== undefined && !testCondition(when, scope, celCache)) return undefined
    // Only a counter may leave it out.
    const value = metric.value === undefined ? 1 : renderTree(metric.value, scope)
    if (typeof value !== 'number' || !Number.isFinite(value) || (kind === 'counter' && value < 0))
      return failed
    const labels = metric.labels.map((label) => {
      const text = textOf(renderTree(label.value, scope))
      return [label.name, label.allowed.includes(text) ? text : 'other'] as const
    })
    return { type: 'custom_metric', name, kind, value, labels: Object.fromEntries(labels) }
  } catch (thrown) {
    // V8 throws a RangeError for a value that nests too deep or a text that is too long.
    if (thrown instanceof TemplateError || thrown instanceof RangeError) return failed
    throw thrown
  }
}
