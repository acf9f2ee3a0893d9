import type { Expression } from '../../promql/expression.ts'
import type { Rule } from './alerts.ts'

/** What the monitor evaluates, as the build of the page compiles it. */
export interface MonitorQueries {
  /** The shipped rules. */
  readonly rules: readonly Rule[]
  /** The queries of the panels by their text. */
  readonly queries: Readonly<Record<string, Expression>>
  /** Names of the metrics that rules and panels read. */
  readonly names: readonly string[]
}
