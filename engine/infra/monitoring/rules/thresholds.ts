import { allFamilies, families, type Family } from '../catalogue.ts'
import { prefixedName } from '../instruments/registry.ts'
import { applicationName } from './application-name.ts'
import type { RuleOptions } from './rule.ts'

/** An alert that checks a histogram at one of its bounds. */
export interface BucketThreshold {
  readonly alert: string
  readonly family: Family
  readonly seconds: number
}

const familyNamed = (name: string): Family => allFamilies.find((family) => family.name === name)!

/** The alerts of the shipped rules that need a bound, which `monitoring.buckets` may leave out. */
export const bucketThresholds: readonly BucketThreshold[] = [
  { alert: 'CompozyApiLatencyHigh', family: families.httpDuration, seconds: 1 },
  { alert: 'CompozyWorkflowSlow', family: families.workflowDuration, seconds: 600 },
  {
    alert: 'CompozyWorkflowDurationBucketsSaturated',
    family: families.workflowDuration,
    seconds: 86_400,
  },
  {
    alert: 'TemporalScheduleToStartHigh',
    family: familyNamed('temporal_workflow_task_schedule_to_start_latency_seconds'),
    seconds: 5,
  },
]

/**
 * Returns the alerts of the shipped rules that a bucket setting disarms. The setting has the names
 * that are exported under the prefix.
 */
export function disarmedAlerts(
  { buckets }: Pick<RuleOptions, 'buckets'>,
  prefix?: string,
): readonly BucketThreshold[] {
  return bucketThresholds.filter(({ family, seconds }) => {
    const bounds = buckets[prefixedName(family, prefix)] ?? family.buckets ?? []
    return !bounds.includes(seconds)
  })
}

/** Says which alert is disarmed and what to do. */
export function disarmedMessage(
  { alert, family, seconds }: BucketThreshold,
  prefix?: string,
): string {
  const shipped = prefix === undefined ? alert : alert.replace(/^Compozy/, applicationName(prefix))
  const rules =
    prefix === undefined
      ? 'the rules that compozy metrics rules writes'
      : `the rules of libraryRules({ prefix: '${prefix}', buckets })`
  return `the buckets of ${prefixedName(family, prefix)} have no bound ${seconds}, so the shipped alert ${shipped} cannot fire; add the bound, or use ${rules}`
}
