import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { Rule } from '../monitor/alerts.ts'
import type { Expression } from '../../promql/expression.ts'
import { parsePromql } from './parse-promql.ts'

interface RuleFile {
  readonly groups: readonly {
    readonly name: string
    readonly rules: readonly {
      readonly alert?: string
      readonly record?: string
      readonly expr: string
      readonly for?: string
      readonly labels?: Readonly<Record<string, string>>
      readonly annotations?: Readonly<Record<string, string>>
    }[]
  }[]
}

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 }

function durationMs(text = '0s'): number {
  return [...text.matchAll(/(\d+)([smh])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * units[unit!]!,
    0,
  )
}

/** How far back an expression looks: its longest range with its offset. */
export function windowOf(expression: Expression): number {
  switch (expression.kind) {
    case 'number':
    case 'string':
      return 0
    case 'selector':
      return (expression.range ?? 0) + expression.offset
    case 'subquery':
      return expression.range + expression.offset + windowOf(expression.of)
    case 'negative':
      return windowOf(expression.of)
    case 'aggregate':
      return windowOf(expression.of)
    case 'binary':
      return Math.max(windowOf(expression.left), windowOf(expression.right))
    case 'call':
      return Math.max(0, ...expression.args.map(windowOf))
  }
}

/** Reads the shipped rules, in the order of the groups of each file. */
export function readRules(folder: string): readonly (readonly [group: string, Rule])[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.yml'))
  return files.flatMap((name) => {
    const { groups } = parse(readFileSync(join(folder, name), 'utf8')) as RuleFile
    return groups.flatMap((group) =>
      group.rules.map(({ alert, record, expr, for: hold, labels = {}, annotations = {} }) => {
        const expression = parsePromql(expr)
        if (record !== undefined) return [group.name, { record, expression, labels }] as const
        const times = { holdMs: durationMs(hold), windowMs: windowOf(expression) }
        return [group.name, { alert: alert!, expression, ...times, labels, annotations }] as const
      }),
    )
  })
}
