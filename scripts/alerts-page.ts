import { readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { parse } from 'yaml'
import type { RuleFile } from '../engine/infra/monitoring/rules/rule.ts'
import { ruleFiles } from '../engine/infra/monitoring/rules/rules.ts'
import { sampleRules } from './prometheus-rule.ts'

interface AnyRule {
  readonly alert?: string
  readonly for?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

interface RuleTests {
  readonly tests: readonly { readonly name: string }[]
}

const root = resolve(import.meta.dirname, '..')

/** The four things that each alert is tested for: the titles of the tests, and what they expect. */
export const testKinds = [
  { title: / fires /, fires: true },
  { title: / is silent (?!on a deploy)/, fires: false },
  { title: / survives a gap/, fires: true },
  { title: / is silent on a deploy/, fires: false },
] as const

/**
 * Returns the alerts of a rule file, each with how the titles of its tests begin: its name, and its
 * severity where rules share a name.
 */
export function titledAlerts<R extends AnyRule>(rules: readonly R[]) {
  return rules.flatMap((rule) => {
    const { alert, labels } = rule
    if (alert === undefined) return []
    const severity = labels?.['severity'] ?? ''
    const alone = rules.filter((other) => other.alert === alert).length === 1
    return [{ ...rule, alert, severity, title: alone ? alert : `${alert} as a ${severity}` }]
  })
}

function titlesOf(file: string): readonly string[] {
  const path = join(root, 'deploy/prometheus/tests', `${basename(file, '.yml')}.test.yml`)
  return (parse(readFileSync(path, 'utf8')) as RuleTests).tests.map(({ name }) => `${name} `)
}

function rowsOf([file, { groups }]: [string, RuleFile]) {
  const titles = titlesOf(file)
  return titledAlerts(groups.flatMap(({ rules }) => rules as readonly AnyRule[])).map((rule) => {
    const own = titles.filter((title) => title.startsWith(`${rule.title} `))
    const counts = testKinds.map((kind) => own.filter((title) => kind.title.test(title)).length)
    const runbook = basename(rule.annotations?.['runbook_url'] ?? '')
    const cells = [rule.severity, rule.for ?? '0m', ...counts].join(' | ')
    const row = `| [${rule.alert}](../operate/runbooks/${runbook}) | ${cells} |`
    return { row, tests: counts.reduce((sum, count) => sum + count, 0) }
  })
}

const table = (rows: readonly { readonly row: string }[]): string =>
  `| alert | severity | for | fires | silent | survives a gap | silent on a deploy |
|---|---|---|---|---|---|---|
${rows.map(({ row }) => row).join('\n')}`

const testsIn = (rows: readonly { readonly tests: number }[]): number =>
  rows.reduce((sum, { tests }) => sum + tests, 0)

/** Returns docs/reference/alerts.md: every alert and the tests that it has. */
export function alertsPage(generated: string): string {
  const shipped = Object.entries(ruleFiles({ buckets: {} })).flatMap(rowsOf)
  const objectives = rowsOf(['objectives.yml', sampleRules()])
  return `# Alerts

${generated}

${shipped.length} alerts with ${testsIn(shipped)} tests of promtool, in \`deploy/prometheus/tests/\`. Each has at least one test of each kind: it fires for its fault, is
silent for what looks like it, survives a scrape gap, and is silent on a deploy. A test fails when an alert lacks one. [The game
day](../operate/game-day.md) tries them on real engines. [Alerting](../operate/alerting.md) says which alert silences which.

${table(shipped)}

## Objectives of workflows

\`compozy metrics rules\` writes these for each workflow with [\`objectives:\`](../operate/alerting.md#objectives-of-a-workflow). Their
${testsIn(objectives)} tests run on a generated sample, \`deploy/prometheus/samples/objectives.yml\`, and the same test demands the four kinds.

${table(objectives)}
`
}
