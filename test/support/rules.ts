import { readdirSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { parse } from 'yaml'

/** One rule as Prometheus reads it. */
export interface Rule {
  readonly alert?: string
  readonly record?: string
  readonly expr: string
  readonly for?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

/** One test of `promtool test rules`. */
export interface RuleTest {
  readonly name: string
  readonly alert_rule_test?: readonly {
    readonly alertname: string
    readonly exp_alerts: readonly {
      readonly exp_labels?: Readonly<Record<string, string>>
      readonly exp_annotations?: Readonly<Record<string, string>>
    }[]
  }[]
}

const prometheus = resolve(import.meta.dirname, '../../deploy/prometheus')
const read = (path: string): unknown => parse(readFileSync(path, 'utf8'))

/** Paths of the shipped rule files. */
export const ruleFiles: readonly string[] = readdirSync(join(prometheus, 'rules')).map((name) =>
  join(prometheus, 'rules', name),
)

/** The shipped rule files, and what a workflow's objectives become. */
export const testedRuleFiles: readonly string[] = [
  ...ruleFiles,
  join(prometheus, 'samples/objectives.yml'),
]

/** The file of unit tests that belongs to a rule file. */
export const testFileOf = (ruleFile: string): string =>
  join(prometheus, 'tests', `${basename(ruleFile, '.yml')}.test.yml`)

/** Rules of a file. */
export const rulesOf = (file: string): readonly Rule[] =>
  (read(file) as { groups: { rules: Rule[] }[] }).groups.flatMap(({ rules }) => rules)

/** Unit tests of a file. */
export const testsOf = (file: string): readonly RuleTest[] =>
  (read(file) as { tests: RuleTest[] }).tests

/** Every shipped rule. */
export const shippedRules: readonly Rule[] = ruleFiles.flatMap(rulesOf)

/** Every shipped rule, and those of objectives. */
const testedRules = testedRuleFiles.flatMap(rulesOf)

/**
 * Labels of what the recording rules record, by their names' own convention:
 * `labels:metric:operation`.
 */
export const recordedLabels: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  testedRules.flatMap(({ record }) =>
    record === undefined ? [] : [[record, labelsInName(record.split(':')[0]!)]],
  ),
)

function labelsInName(level: string): string[] {
  return ['job', 'workflow_type', 'status'].filter((label) => `_${level}_`.includes(`_${label}_`))
}
