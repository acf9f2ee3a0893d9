/** What the build compiles: see page/build. */
declare module 'compozy:compiled' {
  import type { Rule } from './alerts.ts'
  import type { Expression } from '../../promql/expression.ts'

  /** The shipped rules. */
  export const rules: readonly Rule[]
  /** The queries of the panels by their text. */
  export const queries: Readonly<Record<string, Expression>>
  /** Names of the metrics that rules and panels read. */
  export const names: readonly string[]
}
