import { allFamilies, requiredFamilies, type Family } from '../catalogue.ts'
import { defaultSeriesLimit } from '../instruments/registry.ts'
import { checkHistograms, checkNaming } from './rules.ts'
import type { Parsed, ParsedFamily, ParsedSample } from './parse.ts'

/** Something that is not as it should be. */
export interface Finding {
  readonly rule:
    | 'missing'
    | 'unknown'
    | 'kind'
    | 'label'
    | 'value'
    | 'naming'
    | 'help'
    | 'histogram'
    | 'cardinality'
    | 'freshness'
  readonly metric: string
  readonly message: string
  /** Line of the exposition, from 1; 0 where there is none to point at. */
  readonly line: number
}

/** How strict to be. */
export interface LintOptions {
  /** Only the eleven families that every version has: others are not looked at. */
  readonly requiredOnly?: boolean
  /** Label sets of one family. Default 2,000. */
  readonly maxSeries?: number
}

/** Suffixes by which a histogram's samples differ from its family's name. */
const histogramParts = /_(bucket|sum|count|created)$/

/** The catalogue's name of a family that was read: OpenMetrics leaves `_total` out. */
function exportedName({ name, kind }: ParsedFamily, { format }: Parsed): string {
  return format === 'openmetrics' && kind === 'counter' ? `${name}_total` : name
}

/** The labels that tell series apart, without a bucket's bound. */
function labelsOf({ labels }: ParsedSample, family: Family): [string, string][] {
  return [...labels].filter(([label]) => !(family.kind === 'histogram' && label === 'le'))
}

function checkLabels(parsed: ParsedFamily, family: Family): Finding[] {
  const { name: metric } = family
  const findings: Finding[] = []
  const declared = Object.keys(family.labels)
  for (const sample of parsed.samples) {
    const { line } = sample
    const found = labelsOf(sample, family)
    for (const [label, value] of found) {
      const spec = family.labels[label]
      if (spec === undefined) {
        const allowed = declared.length === 0 ? 'it has none' : `it has ${declared.join(', ')}`
        findings.push({ rule: 'label', metric, message: `has no label "${label}"; ${allowed}`, line })
      } else if ('values' in spec && !spec.values.includes(value)) {
        findings.push({
          rule: 'value',
          metric,
          message: `${label}="${value}" is none of ${spec.values.join(', ')}`,
          line,
        })
      }
    }
    for (const label of declared) {
      if (!sample.labels.has(label)) {
        findings.push({ rule: 'label', metric, message: `the label "${label}" is missing`, line })
      }
    }
  }
  return findings
}

function checkCardinality(name: string, family: ParsedFamily, maxSeries: number): Finding[] {
  const sets = new Set(
    family.samples.map(({ name: sample, labels }) =>
      JSON.stringify([
        sample.replace(histogramParts, ''),
        ...[...labels].filter(([label]) => label !== 'le').toSorted(([a], [b]) => (a < b ? -1 : 1)),
      ]),
    ),
  )
  if (sets.size <= maxSeries) return []
  const message = `${sets.size} label sets; at most ${maxSeries} are sound`
  return [{ rule: 'cardinality', metric: name, message, line: family.line }]
}

/** Whether the numbers come from a process that runs. */
function checkFreshness(byName: ReadonlyMap<string, ParsedFamily>): Finding[] {
  const { name: metric } = requiredFamilies.uptime
  const sample = byName.get(metric)?.samples[0]
  if (sample === undefined || sample.value > 0) return []
  return [{ rule: 'freshness', metric, message: 'is not above 0: nothing runs', line: sample.line }]
}

/**
 * Holds an exposition against the catalogue and against the rules that every metric obeys. Families that the catalogue
 * does not know must carry no name of ours (`compozy_custom_…` apart) and obey the rules.
 */
export function lintExposition(parsed: Parsed, options: LintOptions = {}): Finding[] {
  const { requiredOnly = false, maxSeries = defaultSeriesLimit } = options
  const required: readonly Family[] = Object.values(requiredFamilies)
  const known = new Map((requiredOnly ? required : allFamilies).map((family) => [family.name, family]))
  const byName = new Map(parsed.families.map((family) => [exportedName(family, parsed), family]))
  const findings: Finding[] = []

  for (const { name, when } of known.values()) {
    if (when === undefined && !byName.has(name)) {
      findings.push({ rule: 'missing', metric: name, message: 'is not there', line: 0 })
    }
  }
  for (const [name, family] of byName) {
    const declared = known.get(name)
    if (declared === undefined) {
      if (requiredOnly) continue
      if (name.startsWith('compozy_') && !name.startsWith('compozy_custom_')) {
        const message = 'is not in the catalogue'
        findings.push({ rule: 'unknown', metric: name, message, line: family.line })
      }
    } else {
      if (family.kind !== declared.kind) {
        const message = `is a ${family.kind} and should be a ${declared.kind}`
        findings.push({ rule: 'kind', metric: name, message, line: family.line })
      }
      findings.push(...checkLabels(family, declared))
    }
    if (declared?.waiver === undefined) findings.push(...checkNaming(name, family))
    findings.push(...checkHistograms(name, family), ...checkCardinality(name, family, maxSeries))
  }
  return [...findings, ...checkFreshness(byName)]
}
