import { declaredLabels, type CustomMetric } from '../../../core/custom-metric.ts'
import { defined } from '../../../core/defined.ts'
import { families, otherLabel, type Family, type Label } from '../catalogue.ts'
import type { Registry } from '../instruments/registry.ts'
import type { HistogramSlot, ValueSlot } from '../instruments/slots.ts'
import type { CustomObservation } from '../../../core/observation.ts'

/** Records the metrics declared in YAML. */
export interface CustomFamilies {
  record(observation: CustomObservation): void
}

/** The values that a label can have. */
function valuesOf(allowed: readonly string[]): readonly string[] {
  return [...new Set([...allowed, otherLabel])]
}

function familyOf({ name, type, help, buckets, labels }: CustomMetric): Family {
  const closed = Object.entries(labels).map(([label, allowed]): [string, Label] => [
    label,
    { values: valuesOf(allowed), doc: 'as declared in YAML' },
  ])
  return defined({
    name,
    kind: type,
    help,
    labels: Object.fromEntries(closed),
    buckets,
    example: name,
    stability: 'stable' as const,
  })
}

/**
 * Returns every combination of label values, `other` included. The loader bounds them: of at most 4
 * labels with 100 combinations of allowed values there are at most 808.
 */
function combinations(labels: CustomMetric['labels']): Record<string, string>[] {
  return Object.entries(labels).reduce<Record<string, string>[]>(
    (sets, [name, allowed]) =>
      sets.flatMap((set) => valuesOf(allowed).map((value) => ({ ...set, [name]: value }))),
    [{}],
  )
}

/** Declares the metrics of the project. The series of a counter exist at 0 from the start. */
export function customFamilies(
  registry: Registry,
  metrics: readonly CustomMetric[],
): CustomFamilies {
  if (metrics.length === 0) return { record: () => undefined }
  const errors = registry.instrument(families.customErrors)
  const recorders = new Map(
    metrics.map((metric) => {
      const family = familyOf(metric)
      const slotOf = registry.instrument(family) as (
        labels: Readonly<Record<string, string>>,
      ) => ValueSlot | HistogramSlot
      // The run may carry an earlier declaration.
      const record = (observation: CustomObservation): void => {
        const { type } = observation
        const fits = type === 'custom_metric' && observation.kind === metric.type
        const labels = fits ? declaredLabels(observation.labels, metric.labels) : undefined
        if (!fits || labels === undefined) {
          errors({ metric: metric.name }).add(1)
          return
        }
        const slot = slotOf(labels)
        const sum = 'observe' in slot ? slot.sum : slot.value
        // An infinite sum would stay so for the life of the process.
        if (metric.type !== 'gauge' && !Number.isFinite(sum + observation.value))
          errors({ metric: metric.name }).add(1)
        else if ('observe' in slot) slot.observe(observation.value)
        else if (metric.type === 'counter') slot.add(observation.value)
        else slot.value = observation.value
      }
      if (metric.type === 'counter')
        for (const labels of combinations(metric.labels)) slotOf(labels)
      errors({ metric: metric.name })
      return [metric.name, record] as const
    }),
  )
  return {
    // An open run may carry a metric that the project no longer declares.
    record: (observation) => recorders.get(observation.name)?.(observation),
  }
}
