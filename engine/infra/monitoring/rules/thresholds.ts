import { allFamilies, families, type Family } from '../catalogue.ts'
import { boundsOf } from './promql.ts'
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

/** Returns the alerts of the shipped rules that a bucket setting disarms. */
export function disarmedAlerts(options: RuleOptions): readonly BucketThreshold[] {
  return bucketThresholds.filter(
    ({ family, seconds }) => !boundsOf(family, options).includes(seconds),
  )
}

/** Says which alert is disarmed and what to do. */
export function disarmedMessage({ alert, family, seconds }: BucketThreshold): string {
  return `the buckets of ${family.name} have no bound ${seconds}, so the shipped alert ${alert} cannot fire; add the bound, or use the rules that compozy metrics rules writes`
}
