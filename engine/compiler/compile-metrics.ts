import { defined } from '../core/defined.ts'
import {
  misplacedBound,
  otherValue,
  reservedLabels,
  reservedSuffixOf,
  type CustomMetric,
} from '../core/custom-metric.ts'
import type { Path } from '../core/source.ts'
import type { CustomMetricType } from '../core/observation.ts'
import type { MetricIr } from '../definition/task-ir.ts'
import { trimTree, type ConditionIr, type TreeIr } from '../template/index.ts'
import type { Report } from '../schema/report.ts'
import type { metricFields } from './shapes/workflow-shape.ts'
import type { ShapeValues } from '../schema/shape.ts'

/** A metric declared in YAML, as monitoring needs it, with its place. */
export interface MetricDeclaration {
  readonly metric: CustomMetric
  readonly report: Report
  readonly path: Path
}

/** A metric as read: its templates are compiled already. */
export type MetricRead = Omit<ShapeValues<typeof metricFields>, 'value' | 'when' | 'labels'> & {
  readonly value?: TreeIr
  readonly when?: ConditionIr
  readonly labels?: Readonly<
    Record<string, { readonly value?: TreeIr; readonly allowed?: readonly string[] }>
  >
}

const maximumLabels = 4
const maximumCombinations = 100

/**
 * Returns the exported name: `orders` becomes `compozy_custom_orders_total`. The unit goes before
 * `_total`; a name that ends in either already is not extended.
 */
export function exportedName(name: string, type: CustomMetricType, unit?: string): string {
  const bare = type === 'counter' ? name.replace(/_total$/, '') : name
  const withUnit =
    unit === undefined || bare === unit || bare.endsWith(`_${unit}`) ? bare : `${bare}_${unit}`
  return `compozy_custom_${withUnit}${type === 'counter' ? '_total' : ''}`
}

function checkLabels({ labels, on }: MetricRead, path: Path, report: Report): void {
  const entries = Object.entries(labels ?? {})
  const at = [...path, 'labels']
  if (entries.length > maximumLabels)
    report.error(at, `${entries.length} labels; a metric has at most ${maximumLabels}`, {
      key: true,
    })
  for (const [name, { value, allowed }] of entries) {
    if (value === undefined && on !== 'tool')
      report.error([...at, name], 'a label needs "value"', {
        hint: 'value: a template that gives its value',
      })
    if (value !== undefined && on === 'tool')
      report.error([...at, name, 'value'], 'a label of a metric with on: tool has no "value"', {
        key: true,
        hint: 'the tool gives it',
      })
    if (reservedLabels.has(name))
      report.error([...at, name], `the label "${name}" is Prometheus's own`, {
        key: true,
        hint: 'choose another name',
      })
    allowed?.forEach((text, i) => {
      if (allowed.indexOf(text) !== i)
        report.error([...at, name, 'allowed', i], `"${text}" is listed twice`)
      if (text === otherValue)
        report.error([...at, name, 'allowed', i], `the label value "${text}" is reserved`, {
          hint: `any value that is not allowed is recorded as ${text}`,
        })
    })
  }
  const combinations = entries.reduce(
    (product, [, { allowed }]) => product * Math.max(1, allowed?.length ?? 1),
    1,
  )
  if (combinations > maximumCombinations) {
    const hint = `at most ${maximumCombinations}: each combination is a time series that Prometheus keeps`
    report.error(at, `${combinations} combinations of label values`, { key: true, hint })
  }
}

function checkBuckets({ type, buckets }: MetricRead, path: Path, report: Report): void {
  if (type === 'histogram' && buckets === undefined)
    report.error(path, '"buckets" is missing in a histogram', {
      hint: 'buckets: [0.1, 0.5, 1, 5]: upper bounds, ascending',
    })
  if (buckets === undefined) return
  const at = [...path, 'buckets']
  if (type !== 'histogram' && type !== undefined)
    report.error(at, `a ${type} has no buckets`, {
      key: true,
      hint: 'only a histogram has buckets',
    })
  const wrong = misplacedBound(buckets)
  if (wrong !== undefined)
    report.error([...at, wrong], 'buckets must ascend', {
      hint: `each bound must be greater than the one before (${buckets[wrong - 1]})`,
    })
}

/** Whether a value is there where the type needs one, and absent where tools give it. */
function checkSource(read: MetricRead, path: Path, report: Report): void {
  const { type, value, on } = read
  if (on === 'tool') {
    for (const key of ['value', 'when'] as const)
      if (read[key] !== undefined)
        report.error([...path, key], `a metric with on: tool has no "${key}"`, {
          key: true,
          hint: 'tools record it by context.metrics',
        })
    return
  }
  if ((type === 'histogram' || type === 'gauge') && value === undefined)
    report.error(path, `"value" is missing in a ${type}`, {
      hint: 'value: a template that gives a finite number',
    })
}

/** A literal value; what a template gives is known only in a run. */
function checkLiteral({ type, value }: MetricRead, path: Path, report: Report): void {
  if (value?.t !== 'lit') return
  const isNumber = typeof value.value === 'number'
  const grows = typeof value.value === 'number' && value.value >= 0
  const at = [...path, 'value']
  if (type === 'counter' && !grows)
    report.error(at, 'a counter only grows: its value is a number, at least 0')
  else if (!isNumber)
    report.error(at, 'the value of a metric is a number, or a template that gives one')
}

function checkEnding({ name, type }: MetricRead, path: Path, report: Report): void {
  const reserved = type === 'counter' ? undefined : reservedSuffixOf(name ?? '')
  if (reserved !== undefined)
    report.error([...path, 'name'], `the name of a ${type} can't end in ${reserved}`, {
      hint: 'Prometheus reads a meaning into that ending',
    })
}

/**
 * Checks one metric and splits it: what a run records (IR) and what monitoring declares. Returns
 * undefined if its name or type is missing; the report says so.
 */
export function compileMetric(
  read: MetricRead,
  path: Path,
  report: Report,
): { ir: readonly MetricIr[]; declaration: MetricDeclaration } | undefined {
  for (const check of [checkLabels, checkBuckets, checkSource, checkLiteral, checkEnding])
    check(read, path, report)
  const { name, type, help, unit, buckets, when, on = 'success' } = read
  if (name === undefined || type === undefined || help === undefined) return undefined
  const value = read.value && trimTree(read.value)
  const labels = Object.entries(read.labels ?? {}).flatMap(([label, given]) =>
    given.value === undefined
      ? []
      : [{ name: label, value: trimTree(given.value), allowed: given.allowed ?? [] }],
  )
  const exported = exportedName(name, type, unit)
  const allowedValues = Object.entries(read.labels ?? {}).map(
    ([label, { allowed = [] }]) => [label, allowed] as const,
  )
  return {
    ir: on === 'tool' ? [] : [defined({ name: exported, type, on, labels, value, when })],
    declaration: {
      metric: defined({
        name: exported,
        type,
        help,
        unit,
        buckets,
        toolName: on === 'tool' ? name : undefined,
        labels: Object.fromEntries(allowedValues),
      }),
      report,
      path,
    },
  }
}
