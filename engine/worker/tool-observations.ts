import { declaredLabels, type CustomMetric, type ToolObservation } from '../core/custom-metric.ts'
import type { CustomObservation } from '../core/observation.ts'

/** The observations of a tool call that count, and the names that nothing declares. */
export interface CheckedObservations {
  readonly observations: readonly CustomObservation[]
  readonly undeclared: readonly string[]
}

/**
 * Checks what a tool recorded against the metrics that the project declares with `on: tool`. A
 * declared metric with a wrong kind, value or label becomes `custom_metric_failed`; a label value
 * outside `allowed` becomes `other`.
 */
export function checkObservations(
  recorded: readonly ToolObservation[],
  metrics: readonly CustomMetric[],
): CheckedObservations {
  const declared = new Map(metrics.map((metric) => [metric.toolName, metric]))
  const undeclared = new Set<string>()
  const observations = recorded.flatMap((observation): CustomObservation[] => {
    const metric = declared.get(observation.name)
    if (metric !== undefined) return [checkOne(observation, metric)]
    undeclared.add(observation.name)
    return []
  })
  return { observations, undeclared: [...undeclared] }
}

function checkOne(
  { kind, value, labels }: ToolObservation,
  { name, type, labels: declared }: CustomMetric,
): CustomObservation {
  const failed = { type: 'custom_metric_failed', name } as const
  if (kind !== type || value === null || (kind === 'counter' && value < 0)) return failed
  const checked = declaredLabels(labels, declared)
  return checked === undefined
    ? failed
    : { type: 'custom_metric', name, kind, value, labels: checked }
}
