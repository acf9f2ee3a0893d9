import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { findPrometheus } from '../../scripts/programs/prometheus.ts'
import { testKinds, titledAlerts } from '../../scripts/alerts-page.ts'
import { prometheusRule } from '../../scripts/prometheus-rule.ts'
import { testRules } from '../support/promtool.ts'
import { complaints } from '../support/query-check.ts'
import {
  recordedLabels,
  rulesOf,
  shippedRules,
  testedRuleFiles,
  testFileOf,
  testsOf,
} from '../support/rules.ts'

const run = promisify(execFile)
const root = resolve(import.meta.dirname, '../..')
const runbooks = join(root, 'docs/operate/runbooks')
const alerts = shippedRules.flatMap((rule) =>
  rule.alert === undefined ? [] : [{ ...rule, alert: rule.alert }],
)
const testedAlerts = testedRuleFiles.flatMap((file) => titledAlerts(rulesOf(file)))
const tests = testedRuleFiles.flatMap((file) => testsOf(testFileOf(file)))

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

  it.each(testedRuleFiles.map((file) => [basename(file), file]))(
    'Should pass promtool: %s',
    async (_, file) => {
      const checked = await run(promtool, ['check', 'rules', file!])
      expect(checked.stdout).toContain(`SUCCESS: ${rulesOf(file!).length} rules found`)
      expect(await testRules(promtool, file!)).toBe(testsOf(testFileOf(file!)).length)
    },
    // Exact rises are long expressions, evaluated for each minute of each test.
    120_000,
  )

  it('Should fail a test that expects another alert, or one of a rule that is not there', async () => {
    const file = testedRuleFiles.find((each) => basename(each) === 'workflows.yml')!
    const folder = mkdtempSync(join(tmpdir(), 'compozy-rules-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const path = join(folder, 'tests.yml')
    for (const alertname of ['CompozyWorkflowStuck', 'CompozyNoSuchAlert']) {
      const expected = { alertname, eval_time: '1m', exp_alerts: [{ exp_labels: { job: 'x' } }] }
      const test = { name: 'x', interval: '1m', input_series: [], alert_rule_test: [expected] }
      writeFileSync(path, JSON.stringify({ evaluation_interval: '1m', tests: [test] }))
      await expect(testRules(promtool, file, path)).rejects.toMatchObject({
        stderr: expect.stringContaining(alertname) as string,
      })
    }
  })

  it.each(testedAlerts.map((alert) => [alert.title, alert]))(
    'Should have tests that fire, stay silent, survive a gap and a deploy: %s',
    (title, { alert, severity }) => {
      const own = tests.filter(({ name }) => name.startsWith(`${title} `))
      for (const kind of testKinds) {
        const cases = own
          .filter(({ name }) => kind.title.test(`${name} `))
          .flatMap(({ alert_rule_test: found = [] }) => found)
        expect(cases.length).toBeGreaterThan(0)
        for (const { alertname, exp_alerts } of cases) {
          const fired = exp_alerts.some((found) => found.exp_labels?.['severity'] === severity)
          expect([alertname, fired]).toEqual([alert, kind.fires])
        }
      }
    },
  )

  it.each(Object.entries(prometheusRule()))('Should be current: %s', (path, text) => {
    expect(readFileSync(join(root, path), 'utf8')).toBe(text)
  })

  it.each(testedRuleFiles.flatMap(rulesOf).map((rule) => [rule.alert ?? rule.record, rule.expr]))(
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

describe('the alerts of objectives', () => {
  it.each(testedAlerts.filter(({ alert }) => alert.startsWith('CompozyObjective')))(
    'Should lead to a runbook that is there: $title',
    ({ annotations }) => {
      const page = basename(annotations?.['runbook_url'] ?? '')
      expect(readdirSync(runbooks)).toContain(page)
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
