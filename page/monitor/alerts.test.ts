import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { readRules } from '../build/read-rules.ts'
import { AlertEvaluator, type ActiveAlert } from './alerts.ts'
import type { Labels } from '../../promql/value.ts'
import { SampleStore, type ScrapedSample } from '../../promql/sample-store.ts'

const kit = resolve(import.meta.dirname, '../../deploy/prometheus')
const dayMs = 86_400_000

interface RuleTests {
  readonly rule_files: readonly string[]
  readonly group_eval_order?: readonly string[]
  readonly tests: readonly {
    readonly name: string
    readonly interval: string
    readonly input_series: readonly { readonly series: string; readonly values: string }[]
    readonly alert_rule_test?: readonly {
      readonly eval_time: string
      readonly alertname: string
      readonly exp_alerts?: readonly {
        readonly exp_labels?: Labels
        readonly exp_annotations?: Readonly<Record<string, string>>
      }[]
    }[]
  }[]
}

function ms(text: string): number {
  const units: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: dayMs }
  return [...text.matchAll(/(\d+)([smhd])/g)].reduce((sum, [, n, u]) => sum + +n! * units[u!]!, 0)
}

/** Reads `name{a="b"}`. */
function labelsOf(series: string): Labels {
  const [, name = '', body = ''] = /^([^{]*)(?:\{(.*)\})?$/s.exec(series.trim()) ?? []
  const labels = [...body.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)]
  const entries = labels.map(([, label, value]) => [label!, JSON.parse(`"${value!}"`) as string])
  return { ...Object.fromEntries(entries), __name__: name }
}

/** Reads promtool's notation of values; undefined is no sample, null the end of a series. */
function valuesOf(text: string): (number | null | undefined)[] {
  return text
    .trim()
    .split(/\s+/)
    .flatMap((part) => {
      const [, , blank] = /^(_)(?:x(\d+))?$/.exec(part) ?? []
      if (part.startsWith('_')) return Array.from({ length: +(blank ?? 1) }, () => undefined)
      if (part === 'stale') return [null]
      const [, start, step, times] = /^(-?[\d.e]+)([+-][\d.]+)?(?:x(\d+))?$/.exec(part)!
      const length = +(times ?? 0) + 1
      return Array.from({ length }, (_, i) => +start! + i * +(step ?? 0))
    })
}

const files = readdirSync(join(kit, 'tests')).map((name) => {
  const text = readFileSync(join(kit, 'tests', name), 'utf8')
  return { name, tests: parse(text) as RuleTests }
})
const rules = ['rules', 'samples'].flatMap((folder) => readRules(join(kit, folder)))

/** Plays the series of a test up to `until` and returns what fires then. */
function play(file: RuleTests, test: RuleTests['tests'][number], until: number) {
  const order = file.group_eval_order ?? []
  const wanted = rules
    .filter(([group]) => order.includes(group))
    .sort(([a], [b]) => order.indexOf(a) - order.indexOf(b))
  const store = new SampleStore(30 * dayMs)
  const evaluator = new AlertEvaluator(wanted.map(([, rule]) => rule))
  const step = ms(test.interval)
  const series = test.input_series.map(({ series, values }) => ({
    labels: labelsOf(series),
    values: valuesOf(values),
  }))
  let active: readonly ActiveAlert[] = []
  for (let at = 0; at <= until; at += step) {
    const samples = series.flatMap(({ labels, values }): ScrapedSample[] => {
      const value = values[at / step]
      return value === undefined ? [] : [{ labels, value }]
    })
    store.add(samples, at, new Set())
    active = evaluator.evaluate(store, at)
  }
  return active.filter(({ state }) => state === 'firing')
}

describe('the shipped alerts on the page', () => {
  const cases = files.flatMap(({ tests: file }) =>
    file.tests.flatMap((test) =>
      (test.alert_rule_test ?? []).map(
        (alert, i) => [`${test.name} (${i})`, file, test, alert] as const,
      ),
    ),
  )

  it.each(cases)('Should be as promtool says: %s', (_, file, test, alert) => {
    const firing = play(file, test, ms(alert.eval_time))
    const found = firing
      .filter(({ rule }) => rule.alert === alert.alertname)
      .map(({ labels, summary }) => JSON.stringify({ labels: sorted(labels), summary }))
    const expected = (alert.exp_alerts ?? []).map(({ exp_labels = {}, exp_annotations = {} }) =>
      JSON.stringify({ labels: sorted(exp_labels), summary: exp_annotations['summary'] ?? '' }),
    )
    expect(found.sort()).toEqual(expected.sort())
  })

  it('Should have every test of the kit', () => expect(cases.length).toBeGreaterThan(150))
})

function sorted(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => a.localeCompare(b)))
}
