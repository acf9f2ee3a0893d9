/** What a rule holds: that a family is there and known, is of its kind, has its labels and their values, and so on. */
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

/** Something that is not as it should be. */
export interface Finding {
  readonly rule: Rule
  /** `error`: the exposition is wrong. `warning`: it is right, and says that something else is not. */
  readonly severity: 'error' | 'warning'
  readonly metric: string
  readonly message: string
  /** Line of the exposition, from 1; 0 where there is none to point at. */
  readonly line: number
}

/** Notes what a rule finds wrong in one metric. */
export type ReportFinding = (rule: Rule, message: string, line: number) => void
