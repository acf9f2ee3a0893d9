import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { findPrometheus } from '../../scripts/programs/prometheus.ts'
import { testFileOf, type Rule, type RuleTest } from './rules.ts'

const run = promisify(execFile)

interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[]
}

/** Keeps the alerts with these names, and what is recorded for them. */
function onlyFor(alerts: ReadonlySet<string>, { groups }: RuleFile): RuleFile {
  const all = groups.flatMap(({ rules }) => rules)
  const kept = new Set(all.filter(({ alert }) => alert !== undefined && alerts.has(alert)))
  // A set goes on to what is added meanwhile: records that records read.
  for (const { expr } of kept)
    for (const rule of all)
      if (rule.record !== undefined && expr.includes(rule.record)) kept.add(rule)
  return {
    groups: groups.map((group) => ({
      ...group,
      rules: group.rules.filter((rule) => kept.has(rule)),
    })),
  }
}

const alertsOf = ({ alert_rule_test: found = [] }: RuleTest): string[] =>
  [...new Set(found.map(({ alertname }) => alertname))].toSorted()

/**
 * Runs the unit tests of a rule file by promtool, and returns how many passed. Throws what promtool
 * prints of one that fails. promtool evaluates every rule of a file for each step of each test, so
 * each alert is tested beside nothing but what it reads: that takes a fifth of the time.
 */
export async function testRules(
  promtool: string,
  ruleFile: string,
  testFile = testFileOf(ruleFile),
): Promise<number> {
  const rules = parse(readFileSync(ruleFile, 'utf8')) as RuleFile
  const { tests, ...settings } = parse(readFileSync(testFile, 'utf8')) as {
    readonly tests: readonly RuleTest[]
  }
  const folder = mkdtempSync(join(tmpdir(), 'compozy-promtool-'))
  const write = (name: string, content: object): string => {
    writeFileSync(join(folder, name), JSON.stringify(content))
    return join(folder, name)
  }
  let passed = 0
  try {
    for (const key of new Set(tests.map((test) => alertsOf(test).join()))) {
      const own = tests.filter((test) => alertsOf(test).join() === key)
      write('rules.yml', onlyFor(new Set(key.split(',')), rules))
      const path = write('tests.yml', { ...settings, rule_files: ['rules.yml'], tests: own })
      const { stdout } = await run(promtool, ['test', 'rules', path])
      if (stdout.includes('SUCCESS')) passed += own.length
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
  return passed
}

/** Series of a test of promtool, with a sample a minute. */
export type InputSeries = readonly { readonly series: string; readonly values: string }[]

/**
 * Checks rules by promtool, and whether an alert fires at a time. `alert` is a regular expression
 * of names. Returns what promtool prints, and throws what it prints of a test that fails.
 */
export async function testFiring(
  rules: object,
  series: InputSeries,
  { alert, at, fires }: { readonly alert: string; readonly at: string; readonly fires: boolean },
): Promise<string> {
  const { promtool } = await findPrometheus({ env: process.env })
  const folder = mkdtempSync(join(tmpdir(), 'compozy-promtool-'))
  const write = (name: string, content: object): string => {
    writeFileSync(join(folder, name), JSON.stringify(content))
    return join(folder, name)
  }
  const check = {
    expr: `count(ALERTS{alertname=~"${alert}", alertstate="firing"}) or vector(0)`,
    eval_time: at,
    exp_samples: [{ labels: '{}', value: fires ? 1 : 0 }],
  }
  const tests = [{ interval: '1m', input_series: series, promql_expr_test: [check] }]
  try {
    await run(promtool, ['check', 'rules', write('rules.yml', rules)])
    const path = write('tests.yml', { rule_files: ['rules.yml'], tests })
    return (await run(promtool, ['test', 'rules', path])).stdout
  } finally {
    rmSync(folder, { recursive: true })
  }
}
