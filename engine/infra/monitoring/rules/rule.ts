/** An alert, as the shipped rules define it. */
export interface AlertRule {
  readonly alert: string
  readonly expr: string
  readonly for?: string
  /** `page`: somebody acts now. `ticket`: during working hours. */
  readonly severity: 'page' | 'ticket'
  readonly summary: string
  readonly description: string
}

/** A recording rule. */
export interface RecordingRule {
  readonly record: string
  readonly expr: string
}

/** Rules that are evaluated together, in their order. */
export interface RuleGroup {
  readonly name: string
  readonly rules: readonly (AlertRule | RecordingRule)[]
}

/** What the rules are generated for. */
export interface RuleOptions {
  /** Bucket bounds of single histograms, by family name: `monitoring.buckets`. */
  readonly buckets: Readonly<Record<string, readonly number[]>>
}

/** A rule file of Prometheus, ready to be written as YAML. */
export interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly object[] }[]
}

const runbooks = 'https://github.com/compozy/compozy/blob/main/docs/operate/runbooks'

function toPrometheus(rule: AlertRule | RecordingRule): object {
  if ('record' in rule) return rule
  const { alert, expr, severity, summary, description } = rule
  const annotations = { summary, description, runbook_url: `${runbooks}/${alert}.md` }
  const head = rule.for === undefined ? { alert, expr } : { alert, expr, for: rule.for }
  return { ...head, labels: { severity }, annotations }
}

/** Returns groups in the format of Prometheus. */
export function toRuleFile(groups: readonly RuleGroup[]): RuleFile {
  return {
    groups: groups.map(({ name, rules }) => ({ name, rules: rules.map(toPrometheus) })),
  }
}
