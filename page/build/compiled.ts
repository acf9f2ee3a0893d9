import { resolve } from 'node:path'
import type { MonitorQueries } from '../monitor/monitor-queries.ts'
import { panels } from '../monitor/panels.ts'
import type { Expression } from '../../promql/expression.ts'
import { parsePromql } from './parse-promql.ts'
import { readRules } from './read-rules.ts'

const rulesFolder = resolve(import.meta.dirname, '../../deploy/prometheus/rules')

/** Names of the metrics that an expression reads. */
export function namesIn(expression: Expression): readonly string[] {
  switch (expression.kind) {
    case 'number':
    case 'string':
      return []
    case 'selector':
      return expression.matchers.flatMap(({ label, value }) =>
        label === '__name__' ? [value] : [],
      )
    case 'binary':
      return [...namesIn(expression.left), ...namesIn(expression.right)]
    case 'call':
      return expression.args.flatMap(namesIn)
    default:
      return namesIn(expression.of)
  }
}

/** Returns what the page imports as `compozy:compiled`. */
export function compile(): MonitorQueries {
  const rules = readRules(rulesFolder).map(([, rule]) => rule)
  const texts = panels.flatMap((panel) => panel.queries.map(({ query }) => query))
  const queries = Object.fromEntries(texts.map((text) => [text, parsePromql(text)]))
  const all = [...rules.map(({ expression }) => expression), ...Object.values(queries)]
  return { rules, queries, names: [...new Set(all.flatMap(namesIn))].sort() }
}
