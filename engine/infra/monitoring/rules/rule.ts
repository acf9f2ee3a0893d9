import { defined } from '../../../core/defined.ts'
import { atPace, realTime, type Pace } from './pace.ts'

/**
 * How often tickets over days are evaluated: they read every sample of their windows. Prometheus
 * holds what they record for 5 minutes.
 */
export const longInterval = '2m'

/** An alert, as the shipped rules define it. */
export interface AlertRule {
  readonly alert: string
  readonly expr: string
  readonly for?: string
  /** `page`: somebody acts now. `ticket`: during working hours. */
  readonly severity: 'page' | 'ticket'
  readonly summary: string
  readonly description: string
  /** Name of the runbook page; default: the name of the alert. */
  readonly runbook?: string
}

/** A recording rule. */
export interface RecordingRule {
  readonly record: string
  readonly expr: string
}

/** Rules that are evaluated together, in their order. */
export interface RuleGroup {
  readonly name: string
  /** Time between two evaluations. Default: that of Prometheus. */
  readonly interval?: string
  readonly rules: readonly (AlertRule | RecordingRule)[]
}

/** What a workflow promises: `objectives:` in YAML. */
export interface WorkflowObjectives {
  readonly workflow: string
  readonly durationP95Ms?: number
  /** Share of runs that may fail, above 0 and below 1. */
  readonly failureRatio?: number
  readonly everyMs?: number
}

/** What the rules are generated for. */
export interface RuleOptions {
  /** Bucket bounds of single histograms, by family name: `monitoring.buckets`. */
  readonly buckets: Readonly<Record<string, readonly number[]>>
  readonly objectives?: readonly WorkflowObjectives[]
  /** How long a time lasts in these rules. Default: as long as it is. */
  readonly pace?: Pace
  /** The scrape job of Prometheus that the rules select. Default `compozy`. */
  readonly job?: string
}

/** A rule file of Prometheus, ready to be written as YAML. */
export interface RuleFile {
  readonly groups: readonly {
    readonly name: string
    readonly interval?: string
    readonly rules: readonly object[]
  }[]
}

/** The times of rules, and the job that they select. */
type RuleTarget = Required<Pick<RuleOptions, 'pace' | 'job'>>

const runbooks = 'https://github.com/compozy/compozy/blob/main/docs/operate/runbooks'

/** Returns a text of the rules for another scrape job. */
export function withJob(text: string, job: string): string {
  return text
    .replaceAll('job="compozy"', () => `job="${job}"`)
    .replaceAll('the job compozy', () => `the job ${job}`)
}

function toPrometheus(rule: AlertRule | RecordingRule, { pace, job }: RuleTarget): object {
  const expr = withJob(atPace(rule.expr, pace), job)
  if ('record' in rule) return { record: rule.record, expr }
  const { alert, severity, runbook = alert } = rule
  const [summary, description] = [withJob(rule.summary, job), withJob(rule.description, job)]
  const annotations = { summary, description, runbook_url: `${runbooks}/${runbook}.md` }
  const head =
    rule.for === undefined ? { alert, expr } : { alert, expr, for: atPace(rule.for, pace) }
  return { ...head, labels: { severity }, annotations }
}

/** Returns groups in the format of Prometheus. */
export function toRuleFile(
  groups: readonly RuleGroup[],
  { pace = realTime, job = 'compozy' }: Pick<RuleOptions, 'pace' | 'job'>,
): RuleFile {
  return {
    groups: groups.map(({ name, interval, rules }) =>
      defined({
        name,
        interval: interval && atPace(interval, pace),
        rules: rules.map((rule) => toPrometheus(rule, { pace, job })),
      }),
    ),
  }
}
