import { allFamilies, families, coreFamilies, type Family } from '../catalogue.ts'
import { applicationBuildInfo } from '../catalogue/system.ts'
import { defaultSeriesLimit } from '../instruments/registry.ts'
import type { Finding, ReportFinding } from './findings.ts'
import { bucketThresholds, disarmedMessage } from '../rules/thresholds.ts'
import { labelSet } from './kinds.ts'
import { numberOf } from './line.ts'
import { checkNaming } from './naming.ts'
import { checkCounts, checkHistograms } from './numbers.ts'
import type { Parsed, ParsedFamily } from './parse.ts'

/** Options of a check. */
export interface LintOptions {
  /** Check only the core metrics. */
  readonly coreOnly?: boolean
  /** Prefix of an application that uses the library. Its own metrics may follow the same prefix. */
  readonly prefix?: string
  /** Label sets of one family. Default 2,000. */
  readonly maxSeries?: number
  /** Seconds since 1970, for tests. */
  readonly now?: () => number
}

/** Names reserved for the catalogue; `compozy_custom_` is for metrics declared in YAML. */
const reservedNames = /^(compozy_(?!custom_)|process_|nodejs_|temporal_)/

/** What an exposition is compared with. */
interface Expected {
  /** Families by the name that they are exported under. */
  readonly known: ReadonlyMap<string, Family>
  readonly required: readonly string[]
}

/** A family as an application of the library exports it, but for its prefix. */
const asApplicationExports = (family: Family): Family =>
  family === families.buildInfo ? applicationBuildInfo : family

/**
 * The engine exports every core family. An application of the library exports what it uses: only
 * its uptime, which is always there, tells that the prefix is right.
 */
function expectedOf({ coreOnly = false, prefix }: LintOptions): Expected {
  const nameOf = ({ name }: Family): string =>
    prefix === undefined ? name : name.replace('compozy_', `${prefix}_`)
  const all: readonly Family[] = coreOnly ? Object.values(coreFamilies) : allFamilies
  const isEngine = prefix === undefined || prefix === 'compozy'
  const checked = isEngine ? all : all.map(asApplicationExports)
  const required =
    prefix === undefined ? checked.filter(({ when }) => when === undefined) : [families.uptime]
  return {
    known: new Map(checked.map((family) => [nameOf(family), family])),
    required: required.map(nameOf),
  }
}

/** Allowed difference between two clocks, seconds. */
const clockSkew = 60

/** Counters of losses and failures of monitoring. */
const lossCounters: readonly string[] = [
  families.collectErrors,
  families.droppedSeries,
  families.errors,
  families.sdkLostBatches,
  families.customErrors,
].map(({ name }) => name)

/** Returns the catalogue's name of a parsed family: OpenMetrics leaves `_total` out. */
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
        report(
          'value',
          `${label}="${value}" is not declared; allowed: ${spec.values.join(', ')}`,
          line,
        )
      }
    }
    for (const [label, spec] of Object.entries(family.labels)) {
      const value = labels.get(label)
      if (value === undefined) report('label', `the label "${label}" is missing`, line)
      else if (value === '' && !('optional' in spec))
        report('label', `the label "${label}" is empty`, line)
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
    report('cardinality', `has ${sets.size} label sets; at most ${maxSeries} are allowed`, line)
  }
}

/** Checks that the process has started, and not in the future. */
function checkFreshness(
  metric: string,
  { samples }: ParsedFamily,
  now: () => number,
  report: ReportFinding,
): void {
  for (const { value, line } of samples) {
    if (metric === families.uptime.name && !(value > 0)) {
      report('freshness', 'is not above 0; the process does not run', line)
    }
    if (metric === families.processStartTime.name && !(value <= now() + clockSkew)) {
      report('freshness', `is ${Math.round(value - now())} s in the future`, line)
    }
  }
}

/** Warns of alerts of the shipped rules that need a bound which the histogram does not have. */
function checkThresholds(
  metric: string,
  { samples, line }: ParsedFamily,
  prefix: string | undefined,
  report: ReportFinding,
): void {
  const bounds = new Set(
    samples.flatMap(({ labels }) => {
      const le = labels.get('le')
      return le === undefined ? [] : [numberOf(le)]
    }),
  )
  if (bounds.size === 0) return
  for (const threshold of bucketThresholds)
    if (threshold.family.name === metric && !bounds.has(threshold.seconds))
      report('disarmed', disarmedMessage(threshold, prefix), line)
}

/** Warns of losses and failures that monitoring counted. */
function checkLosses({ samples }: ParsedFamily, report: ReportFinding): void {
  for (const { name: sample, labels, value, line } of samples) {
    // A time, not a number of losses.
    if (sample.endsWith('_created')) continue
    const where = [...labels].map(([label, text]) => `${label}="${text}" `).join('')
    if (value > 0) report('health', `${where}is ${value}; see the log`, line)
  }
}

/** Compares a family with its declaration. */
function checkDeclared(found: ParsedFamily, declared: Family, report: ReportFinding): void {
  if (found.kind !== declared.kind)
    report('kind', `is a ${found.kind} and should be a ${declared.kind}`, found.line)
  checkLabels(found, declared, report)
}

/**
 * Checks an exposition against the catalogue and the common rules. Families outside the catalogue
 * must not use a reserved name (except `compozy_custom_…`). Losses that monitoring reports are
 * warnings.
 */
export function lintExposition(parsed: Parsed, options: LintOptions = {}): Finding[] {
  const { coreOnly = false, maxSeries = defaultSeriesLimit } = options
  const { now = () => Date.now() / 1_000 } = options
  const { known, required } = expectedOf(options)
  const read = new Map(parsed.families.map((family) => [exportedName(family, parsed), family]))
  const findings: Finding[] = []
  const reporter =
    (metric: string, severity: Finding['severity'] = 'error'): ReportFinding =>
    (rule, message, line) =>
      void findings.push({ rule, severity, metric, message, line })

  for (const name of required) {
    const found = read.get(name)
    if (found === undefined) reporter(name)('missing', 'is missing', 0)
    else if (found.samples.length === 0) reporter(name)('missing', 'has no series', found.line)
  }
  for (const [name, family] of read) {
    const declared = known.get(name)
    if (declared === undefined && coreOnly) continue
    const report = reporter(name)
    if (declared !== undefined) checkDeclared(family, declared, report)
    else if (reservedNames.test(name)) report('unknown', 'is not in the catalogue', family.line)
    if (declared?.waiver === undefined) checkNaming(name, family, report)
    checkHistograms(family, report)
    checkCounts(family, report)
    checkCardinality(family, maxSeries, report)
    const catalogueName = declared?.name ?? name
    checkFreshness(catalogueName, family, now, report)
    if (!coreOnly) checkThresholds(catalogueName, family, options.prefix, reporter(name, 'warning'))
    if (lossCounters.includes(catalogueName)) checkLosses(family, reporter(name, 'warning'))
  }
  return findings
}
