import { allFamilies, families, coreFamilies, type Family } from '../catalogue.ts'
import { defaultSeriesLimit } from '../instruments/registry.ts'
import type { Finding, ReportFinding } from './findings.ts'
import { labelSet } from './kinds.ts'
import { checkNaming } from './naming.ts'
import { checkCounts, checkHistograms } from './numbers.ts'
import type { Parsed, ParsedFamily } from './parse.ts'

/** How strict to be. */
export interface LintOptions {
  /** Only the eleven families that every version has: others are not looked at. */
  readonly coreOnly?: boolean
  /** Label sets of one family. Default 2,000. */
  readonly maxSeries?: number
  /** Seconds since 1970, for tests. */
  readonly now?: () => number
}

/** Names that only the catalogue gives out; `compozy_custom_` is for metrics declared in YAML. */
const ours = /^(compozy_(?!custom_)|process_|nodejs_|temporal_)/

/** By how much two clocks may differ, seconds. */
const clockSkew = 60

/** Counters of what monitoring lost or could not do. */
const complaints: readonly string[] = [
  families.collectErrors,
  families.droppedSeries,
  families.errors,
  families.sdkLostBatches,
  families.customErrors,
].map(({ name }) => name)

/** The catalogue's name of a family that was read: OpenMetrics leaves `_total` out. */
function exportedName({ name, kind }: ParsedFamily, { format }: Parsed): string {
  return format === 'openmetrics' && kind === 'counter' ? `${name}_total` : name
}

function checkLabels({ samples }: ParsedFamily, family: Family, report: ReportFinding): void {
  const declared = Object.keys(family.labels)
  for (const { labels, line } of samples) {
    for (const [label, value] of labels) {
      if (family.kind === 'histogram' && label === 'le') continue
      const spec = family.labels[label]
      if (spec === undefined) {
        const allowed = declared.length === 0 ? 'it has none' : `it has ${declared.join(', ')}`
        report('label', `has no label "${label}"; ${allowed}`, line)
      } else if ('values' in spec && value !== '' && !spec.values.includes(value)) {
        report('value', `${label}="${value}" is none of ${spec.values.join(', ')}`, line)
      }
    }
    for (const [label, spec] of Object.entries(family.labels)) {
      const value = labels.get(label)
      if (value === undefined) report('label', `the label "${label}" is missing`, line)
      else if (value === '' && !('optional' in spec))
        report('label', `the label "${label}" is empty, as if it were missing`, line)
    }
  }
}

function checkCardinality(
  { samples, line }: ParsedFamily,
  maxSeries: number,
  report: ReportFinding,
): void {
  const sets = new Set(samples.map(({ labels }) => labelSet(labels, { parts: 'joined' })))
  if (sets.size > maxSeries) {
    report('cardinality', `${sets.size} label sets; at most ${maxSeries} are sound`, line)
  }
}

/** Whether the numbers come from a process that runs, and has not started yet to come. */
function checkFreshness(
  metric: string,
  { samples }: ParsedFamily,
  now: () => number,
  report: ReportFinding,
): void {
  for (const { value, line } of samples) {
    if (metric === families.uptime.name && !(value > 0)) {
      report('freshness', 'is not above 0: nothing runs', line)
    }
    if (metric === families.processStartTime.name && !(value <= now() + clockSkew)) {
      report('freshness', `is ${Math.round(value - now())} s in the future`, line)
    }
  }
}

/**
 * Holds an exposition against the catalogue and against the rules that every metric obeys. Families that the catalogue
 * does not know must carry no name of ours (`compozy_custom_…` apart) and obey the rules. Warnings are of a conforming
 * exposition that tells of losses.
 */
export function lintExposition(parsed: Parsed, options: LintOptions = {}): Finding[] {
  const {
    coreOnly = false,
    maxSeries = defaultSeriesLimit,
    now = () => Date.now() / 1_000,
  } = options
  const required: readonly Family[] = Object.values(coreFamilies)
  const known = new Map(
    (coreOnly ? required : allFamilies).map((family) => [family.name, family]),
  )
  const read = new Map(parsed.families.map((family) => [exportedName(family, parsed), family]))
  const findings: Finding[] = []
  const reporter =
    (metric: string, severity: Finding['severity'] = 'error'): ReportFinding =>
    (rule, message, line) =>
      void findings.push({ rule, severity, metric, message, line })

  for (const { name, when } of known.values()) {
    const found = read.get(name)
    if (when !== undefined || (found !== undefined && found.samples.length > 0)) continue
    reporter(name)(
      'missing',
      found === undefined ? 'is not there' : 'has no series',
      found?.line ?? 0,
    )
  }
  for (const [name, family] of read) {
    const declared = known.get(name)
    if (declared === undefined && coreOnly) continue
    const report = reporter(name)
    if (declared === undefined && ours.test(name))
      report('unknown', 'is not in the catalogue', family.line)
    if (declared !== undefined) {
      if (family.kind !== declared.kind) {
        report('kind', `is a ${family.kind} and should be a ${declared.kind}`, family.line)
      }
      checkLabels(family, declared, report)
    }
    if (declared?.waiver === undefined) checkNaming(name, family, report)
    checkHistograms(family, report)
    checkCounts(family, report)
    checkCardinality(family, maxSeries, report)
    checkFreshness(name, family, now, report)
    if (!complaints.includes(name)) continue
    for (const { labels, value, line } of family.samples) {
      const where = [...labels].map(([label, text]) => `${label}="${text}" `).join('')
      if (value > 0)
        reporter(name, 'warning')('health', `${where}is ${value}: the log says why`, line)
    }
  }
  return findings
}
