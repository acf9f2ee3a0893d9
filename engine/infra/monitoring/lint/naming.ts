import { sampleSuffixes } from '../../../core/custom-metric.ts'
import type { ReportFinding } from './findings.ts'
import type { ParsedFamily } from './parse.ts'

/** The rules of `promtool check metrics`; `percent` is from Prometheus's naming guide. */
const prefixed =
  /^(?:pico|nano|micro|milli|centi|deci|deca|hecto|kilo|kibi|mega|mebi|giga|gibi|tera|tebi|peta|pebi)(amperes|bytes|celsius|grams|joules|kelvins|meters|metres|moles|seconds|volts)$/
const derivedUnits: ReadonlyMap<string, string> = new Map([
  ...['minutes', 'hours', 'days', 'weeks'].map((unit) => [unit, 'seconds'] as const),
  ...['inches', 'yards', 'miles'].map((unit) => [unit, 'meters'] as const),
  ...['pounds', 'ounces'].map((unit) => [unit, 'grams'] as const),
  ['bits', 'bytes'],
  ['calories', 'joules'],
  ['fahrenheit', 'celsius'],
  ['percent', 'ratio'],
])
const abbreviations = new Set([
  's',
  'ms',
  'us',
  'ns',
  'sec',
  'b',
  'kb',
  'mb',
  'gb',
  'tb',
  'pb',
  'm',
  'h',
  'd',
])
const kindWords = new Set(['counter', 'gauge', 'histogram', 'summary', 'gaugehistogram'])

function checkSuffix(metric: string, { kind, line }: ParsedFamily, report: ReportFinding): void {
  const naming = (message: string): void => report('naming', message, line)
  const untyped = kind === 'untyped' || kind === 'unknown'
  if (kind === 'counter' && !metric.endsWith('_total')) naming('a counter should end in _total')
  if (kind !== 'counter' && !untyped && metric.endsWith('_total'))
    naming('only a counter should end in _total')
  const reserved = sampleSuffixes.find((suffix) => metric.endsWith(suffix))
  if (reserved === undefined || kind.endsWith('histogram')) return
  if (reserved === '_bucket' || kind !== 'summary')
    naming(`the suffix ${reserved} is reserved for histograms`)
}

function checkLabelNames({ kind, samples, line }: ParsedFamily, report: ReportFinding): void {
  for (const label of new Set(samples.flatMap(({ labels }) => [...labels.keys()]))) {
    const naming = (message: string): void => report('naming', message, line)
    if (label.startsWith('__')) naming(`the label ${label} is reserved`)
    if (/[A-Z]/.test(label)) naming(`the label ${label} should be lower case with underscores`)
    if (label === 'le' && !kind.endsWith('histogram'))
      naming('the label le is reserved for histograms')
    if (label === 'quantile' && kind !== 'summary')
      naming('the label quantile is reserved for summaries')
  }
}

/** Checks names, units, help and labels against the conventions of Prometheus. */
export function checkNaming(metric: string, family: ParsedFamily, report: ReportFinding): void {
  const { help, line } = family
  if (help === undefined || help.trim() === '') report('help', 'has no help text', line)
  if (/[A-Z]/.test(metric)) report('naming', 'names are lower case with underscores', line)
  if (metric.includes(':')) report('naming', 'colons are reserved for recording rules', line)
  for (const word of new Set(metric.split('_'))) {
    const base = derivedUnits.get(word) ?? prefixed.exec(word)?.[1]
    if (base !== undefined) report('naming', `should be in ${base}, not in ${word}`, line)
    if (abbreviations.has(word))
      report('naming', `"${word}" should be a whole word: seconds, bytes`, line)
    if (kindWords.has(word)) report('naming', `should not contain its kind, ${word}`, line)
  }
  checkSuffix(metric, family, report)
  checkLabelNames(family, report)
}
