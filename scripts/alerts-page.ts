import { readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { parse } from 'yaml'
import { ruleFiles } from '../engine/infra/monitoring/rules/rules.ts'

interface ShippedRule {
  readonly alert?: string
  readonly for?: string
  readonly labels?: { readonly severity: string }
}

interface RuleTests {
  readonly tests: readonly { readonly name: string }[]
}

const root = resolve(import.meta.dirname, '..')

/** The four things that each alert is tested for, by the titles of the tests. */
const kinds = [/ fires /, / is silent (?!on a deploy)/, / survives a gap/, / is silent on a deploy/]

function titlesOf(file: string): readonly string[] {
  const path = join(root, 'deploy/prometheus/tests', `${basename(file, '.yml')}.test.yml`)
  return (parse(readFileSync(path, 'utf8')) as RuleTests).tests.map(({ name }) => `${name} `)
}

function rowsOf([file, { groups }]: [string, { groups: readonly { rules: readonly object[] }[] }]) {
  const titles = titlesOf(file)
  return groups
    .flatMap(({ rules }) => rules as readonly ShippedRule[])
    .flatMap(({ alert, labels, for: hold = '0m' }) => {
      if (alert === undefined) return []
      const own = titles.filter((title) => title.startsWith(`${alert} `))
      const counts = kinds.map((kind) => own.filter((title) => kind.test(title)).length)
      return [{ alert, severity: labels!.severity, hold, counts }]
    })
}

/** Returns docs/reference/alerts.md: every shipped alert and the tests that it has. */
export function alertsPage(generated: string): string {
  const rows = Object.entries(ruleFiles({ buckets: {} })).flatMap(rowsOf)
  const lines = rows.map(
    ({ alert, severity, hold, counts }) =>
      `| [${alert}](../operate/runbooks/${alert}.md) | ${severity} | ${hold} | ${counts.join(' | ')} |`,
  )
  const total = rows.flatMap(({ counts }) => counts).reduce((sum, count) => sum + count, 0)
  return `# Alerts

${generated}

${rows.length} alerts with ${total} tests of promtool, in \`deploy/prometheus/tests/\`. Each has at least one test of each kind: it fires for its fault, is
silent for what looks like it, survives a scrape gap, and is silent on a deploy. A test fails when an alert lacks one. [The game
day](../operate/game-day.md) tries them on real engines. [Alerting](../operate/alerting.md) says which alert silences which.

| alert | severity | for | fires | silent | survives a gap | silent on a deploy |
|---|---|---|---|---|---|---|
${lines.join('\n')}
`
}
