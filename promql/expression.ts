/** A test on a label: `status_code=~"5.."`. */
export interface LabelMatcher {
  readonly label: string
  readonly op: '=' | '!=' | '=~' | '!~'
  readonly value: string
}

/** `name{matchers}[range] offset`; times in ms. */
export interface SelectorExpression {
  readonly kind: 'selector'
  readonly matchers: readonly LabelMatcher[]
  /** Absent in an instant selector. */
  readonly range?: number
  readonly offset: number
}

/** `(expression)[range:step] offset`; times in ms. */
export interface SubqueryExpression {
  readonly kind: 'subquery'
  readonly of: Expression
  readonly range: number
  readonly step: number
  readonly offset: number
}

/** A call of one of the functions that ./functions.ts has. */
export interface CallExpression {
  readonly kind: 'call'
  readonly name: string
  readonly args: readonly Expression[]
}

/** `sum by (job) (…)`. */
export interface AggregateExpression {
  readonly kind: 'aggregate'
  readonly op: string
  readonly without: boolean
  readonly labels: readonly string[]
  /** The number of `topk`, `bottomk` and `quantile`. */
  readonly parameter?: Expression
  readonly of: Expression
}

/** How the two sides of an operation find one another. */
export interface Matching {
  /** `on` when true, `ignoring` when false. */
  readonly on: boolean
  readonly labels: readonly string[]
  /** The side that may have several series for one of the other. */
  readonly many?: 'left' | 'right'
  /** Labels that the one side gives to the result. */
  readonly include: readonly string[]
}

/** An operation on two sides. */
export interface BinaryExpression {
  readonly kind: 'binary'
  readonly op: string
  readonly bool: boolean
  readonly matching: Matching
  readonly left: Expression
  readonly right: Expression
}

/** A parsed PromQL expression, as the build writes it into the page. */
export type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'negative'; readonly of: Expression }
  | SelectorExpression
  | SubqueryExpression
  | CallExpression
  | AggregateExpression
  | BinaryExpression
