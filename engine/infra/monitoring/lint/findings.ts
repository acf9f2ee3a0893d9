/** What a rule checks: presence, kind, labels, values, numbers, names and so on. */
export type Rule =
  | 'missing'
  | 'unknown'
  | 'kind'
  | 'label'
  | 'value'
  | 'number'
  | 'naming'
  | 'help'
  | 'histogram'
  | 'cardinality'
  | 'freshness'
  | 'health'
  | 'disarmed'

/** A problem in an exposition. */
export interface Finding {
  readonly rule: Rule
  /** `error`: the exposition is invalid. `warning`: it is valid and reports a problem. */
  readonly severity: 'error' | 'warning'
  readonly metric: string
  readonly message: string
  /** Line of the exposition, from 1; 0 without a line. */
  readonly line: number
}

/** Reports a problem of one metric. */
export type ReportFinding = (rule: Rule, message: string, line: number) => void
