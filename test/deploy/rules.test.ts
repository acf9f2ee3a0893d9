import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { findPrometheus } from '../../scripts/programs/prometheus.ts'
import { complaints } from '../support/query-check.ts'
import {
  recordedLabels,
  ruleFiles,
  rulesOf,
  shippedRules,
  testFileOf,
  testsOf,
} from '../support/rules.ts'

const run = promisify(execFile)
const root = resolve(import.meta.dirname, '../..')
const runbooks = join(root, 'docs/operate/runbooks')
const alerts = shippedRules.flatMap((rule) =>
  rule.alert === undefined ? [] : [{ ...rule, alert: rule.alert }],
)
const tests = ruleFiles.flatMap((file) => testsOf(testFileOf(file)))

/** The queries of a runbook: what stands in its block, without comments. */
function queriesOf(page: string): string[] {
  const [, block = ''] = /```promql\n([^]*?)```/.exec(page) ?? []
  return block.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
}

describe('alert rules', () => {
  let promtool: string
  beforeAll(async () => {
    promtool = (await findPrometheus({ env: process.env })).promtool
  }, 120_000)

  it.each(ruleFiles.map((file) => [basename(file), file]))(
    'Should pass promtool: %s',
    async (_, file) => {
      const checked = await run(promtool, ['check', 'rules', file!])
      expect(checked.stdout).toContain(`SUCCESS: ${rulesOf(file!).length} rules found`)
      const tested = await run(promtool, ['test', 'rules', testFileOf(file!)])
      expect(tested.stdout).toContain('SUCCESS')
    },
  )

  it.each(alerts.map(({ alert }) => alert))(
    'Should have a test that fires and one that keeps silent: %s',
    (alert) => {
      const expectations = tests
        .flatMap(({ alert_rule_test: cases = [] }) => cases)
        .filter(({ alertname }) => alertname === alert)
      expect(expectations.some(({ exp_alerts }) => exp_alerts.length > 0)).toBe(true)
      expect(expectations.some(({ exp_alerts }) => exp_alerts.length === 0)).toBe(true)
    },
  )

  it.each(shippedRules.map((rule) => [(rule.alert ?? rule.record)!, rule.expr]))(
    'Should ask only for what is exported: %s',
    (_, expr) => {
      expect(complaints(expr!, recordedLabels)).toEqual([])
    },
  )

  it.each(alerts.map((rule) => [rule.alert, rule]))(
    'Should say who is called, for what, and where to read on: %s',
    (name, rule) => {
      expect(rule.labels?.['severity']).toMatch(/^(page|ticket)$/)
      expect(rule.annotations?.['summary']).toMatch(/\S/)
      expect(rule.annotations?.['description']).toMatch(/\.$/)
      expect(rule.annotations?.['runbook_url']).toMatch(
        new RegExp(`/docs/operate/runbooks/${name}\\.md$`),
      )
    },
  )
})

describe('runbooks', () => {
  it.each(alerts.map((rule) => [rule.alert, rule]))(
    'Should tell the four things about %s',
    (name, rule) => {
      const page = readFileSync(join(runbooks, `${name}.md`), 'utf8')
      const headings = [...page.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading)
      expect(headings).toEqual([
        'What it means',
        'First three queries',
        'What to do',
        'How to silence',
      ])
      expect(page).toContain(`Severity: ${rule.labels?.['severity']}.`)
      expect(page).toContain(`alertname=${name}`)
      const queries = queriesOf(page)
      expect(queries).toHaveLength(3)
      expect(queries.flatMap((query) => complaints(query, recordedLabels))).toEqual([])
    },
  )

  it('Should be listed, each alert with its severity, and none besides', () => {
    const listed = [
      ...readFileSync(join(runbooks, 'README.md'), 'utf8').matchAll(
        /^\| \[(\w+)\]\(\1\.md\) \| (\w+) \|$/gm,
      ),
    ]
    expect(listed.map(([, name, severity]) => `${name} ${severity}`).toSorted()).toEqual(
      alerts.map(({ alert, labels }) => `${alert} ${labels?.['severity']}`).toSorted(),
    )
    const pages = readdirSync(runbooks).filter((name) => name !== 'README.md')
    expect(pages.filter((name) => !alerts.some(({ alert }) => name === `${alert}.md`))).toEqual([])
  })
})
