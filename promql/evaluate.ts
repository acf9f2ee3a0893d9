import { aggregate } from './aggregate.ts'
import { combine, type Operand } from './binary.ts'
import type {
  CallExpression,
  Expression,
  SelectorExpression,
  SubqueryExpression,
} from './expression.ts'
import { numberFunctions } from './functions.ts'
import { histogramQuantile } from './histogram-quantile.ts'
import { rangeFunctions } from './range-functions.ts'
import { labelKey, withoutName, type RangeSeries, type VectorSample } from './value.ts'

/** What an expression reads from. */
export interface Samples {
  /** Series with the last sample in `(from, to]` that is not stale at `to`. */
  instant(selector: SelectorExpression, to: number): readonly VectorSample[]
  /** Series with their samples in `(from, to]`, without stale marks. */
  range(selector: SelectorExpression, from: number, to: number): readonly RangeSeries[]
}

/** Evaluates PromQL at a moment (ms), as Prometheus 3 does. */
export function evaluate(expression: Expression, samples: Samples, at: number): Operand {
  const read = (of: Expression): Operand => evaluate(of, samples, at)
  switch (expression.kind) {
    case 'number':
      return expression.value
    case 'string':
      return NaN
    case 'negative':
      return negate(read(expression.of))
    case 'selector':
      return samples.instant(expression, at - expression.offset)
    case 'subquery':
      throw new Error('a subquery stands only inside a function of a range')
    case 'aggregate': {
      const { parameter, of } = expression
      const count = parameter === undefined ? undefined : scalarOf(read(parameter))
      return aggregate(expression, vectorOf(read(of)), count)
    }
    case 'binary':
      return combine(expression, read(expression.left), read(expression.right))
    case 'call':
      return call(expression, samples, at)
  }
}

/** Evaluates PromQL to samples; a number becomes one sample without labels. */
export function evaluateVector(
  expression: Expression,
  samples: Samples,
  at: number,
): readonly VectorSample[] {
  return vectorOf(evaluate(expression, samples, at))
}

function vectorOf(operand: Operand): readonly VectorSample[] {
  return typeof operand === 'number' ? [{ labels: {}, value: operand }] : operand
}

function scalarOf(operand: Operand): number {
  if (typeof operand === 'number') return operand
  return operand.length === 1 ? operand[0]!.value : NaN
}

function negate(operand: Operand): Operand {
  if (typeof operand === 'number') return -operand
  return operand.map(({ labels, value }) => ({ labels: withoutName(labels), value: -value }))
}

function textOf(expression: Expression | undefined): string {
  return expression?.kind === 'string' ? expression.value : ''
}

function call({ name, args }: CallExpression, samples: Samples, at: number): Operand {
  const read = (i: number): Operand => evaluate(args[i]!, samples, at)
  if (rangeFunctions[name] !== undefined) return callOfRange(name, args[0]!, samples, at)
  const ofNumber = numberFunctions[name]
  if (ofNumber !== undefined) {
    const to = args[1] === undefined ? undefined : scalarOf(read(1))
    return vectorOf(read(0)).map(({ labels, value }) => ({
      labels: withoutName(labels),
      value: ofNumber(value, to),
    }))
  }
  switch (name) {
    case 'absent':
      return absent(args[0]!, vectorOf(read(0)))
    // The page scrapes text, which has no native histograms.
    case 'histogram_count':
    case 'histogram_fraction':
      return []
    case 'histogram_quantile':
      return histogramQuantile(scalarOf(read(0)), vectorOf(read(1)))
    case 'label_replace':
      return labelReplace(vectorOf(read(0)), args.slice(1).map(textOf))
    case 'scalar':
      return scalarOf(read(0))
    case 'time':
      return at / 1_000
    case 'vector':
      return vectorOf(read(0))
    default:
      throw new Error(`no function "${name}"`)
  }
}

function callOfRange(name: string, of: Expression, samples: Samples, at: number): Operand {
  if (of.kind !== 'selector' && of.kind !== 'subquery') throw new Error(`${name}() takes a range`)
  const to = at - of.offset
  const bounds = { from: to - (of.range ?? 0), to }
  const all =
    of.kind === 'selector'
      ? samples.range(of, bounds.from, bounds.to)
      : subquery(of, samples, bounds)
  const compute = rangeFunctions[name]!
  const keepsName = name === 'last_over_time'
  return all.flatMap((series) => {
    const value = compute(series, bounds)
    if (value === undefined) return []
    return [{ labels: keepsName ? series.labels : withoutName(series.labels), value }]
  })
}

/** Evaluates an expression at each step of a range; steps lie on multiples of the step. */
function subquery(
  { of, step }: SubqueryExpression,
  samples: Samples,
  { from, to }: { from: number; to: number },
): readonly RangeSeries[] {
  const found = new Map<
    string,
    { labels: VectorSample['labels']; times: number[]; values: number[] }
  >()
  for (let time = (Math.floor(from / step) + 1) * step; time <= to; time += step)
    for (const { labels, value } of evaluateVector(of, samples, time)) {
      const key = labelKey(labels)
      const series = found.get(key) ?? { labels, times: [], values: [] }
      series.times.push(time)
      series.values.push(value)
      found.set(key, series)
    }
  return [...found.values()]
}

/** `absent()`: 1 with the labels that the selector fixes, when there is no series. */
function absent(of: Expression, vector: readonly VectorSample[]): readonly VectorSample[] {
  if (vector.length > 0) return []
  const matchers = of.kind === 'selector' ? of.matchers : []
  const fixed = matchers.filter(({ op, label }) => op === '=' && label !== '__name__')
  return [{ labels: Object.fromEntries(fixed.map(({ label, value }) => [label, value])), value: 1 }]
}

/** `label_replace(vector, target, replacement, source, pattern)`. */
function labelReplace(
  vector: readonly VectorSample[],
  [target = '', replacement = '', source = '', pattern = '']: readonly string[],
): readonly VectorSample[] {
  const matches = new RegExp(`^(?:${pattern})$`, 'u')
  return vector.map(({ labels, value }) => {
    const found = matches.exec(labels[source] ?? '')
    if (found === null) return { labels, value }
    const text = replacement.replace(/\$\{?(\d+)\}?/g, (_, group: string) => found[+group] ?? '')
    return { labels: { ...labels, [target]: text }, value }
  })
}
