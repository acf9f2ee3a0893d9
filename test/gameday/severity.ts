import { ruleFiles } from '../../engine/infra/monitoring/rules/rules.ts'
import { objectives } from './project.ts'

interface Rule {
  readonly alert?: string
  readonly labels?: { readonly severity: string }
}

const rules = Object.values(ruleFiles({ buckets: {}, objectives })).flatMap(({ groups }) =>
  groups.flatMap((group) => group.rules as readonly Rule[]),
)

/** Returns the severity of an alert: page or ticket. Throws where no rule has this name. */
export function shippedSeverity(alert: string): string {
  const severity = rules.find((rule) => rule.alert === alert)?.labels?.severity
  if (severity === undefined) throw new Error(`no rule is called ${alert}`)
  return severity
}
