import { families, type Family } from '../catalogue.ts'
import { otherLabel } from '../catalogue/family.ts'
import { secondsOf, time } from './pace.ts'
import type { RuleOptions } from './rule.ts'

/** How long the last value of a process counts when scrapes fail. */
export const processStaleness = '5m'

/** How long the last value that Temporal reported counts when it is absent. */
export const reconciledStaleness = '10m'

/** Returns a selector of the job's series. */
export function select(name: string, ...matchers: readonly string[]): string {
  return `${name}{${['job="compozy"', ...matchers].join(', ')}}`
}

const uptime = select(families.uptime.name)

/**
 * Returns the rise of counters over a window: exact, not extrapolated. It counts what a series had
 * at its birth, survives scrape gaps, and ignores the past of a process that Prometheus discovers
 * late: nothing that is older than two windows counts, nor, with created timestamps, older than a
 * window and an hour. A restart before the first sample of the window leaves what the series has
 * counted since; after one within it, `increase` estimates. For a series that is born in the window
 * too, unless one of its lives has counted more. `total`, the count of a histogram, tells a bucket
 * that is born from one that Prometheus 3 writes as 1.0 where Prometheus 2 wrote 1.
 */
export function rise(selector: string, window: string, total?: string): string {
  const before = (series: string): string => `last_over_time(${series}[1h] offset ${window})`
  const renamed = total === undefined ? '' : ` unless ignoring (le) ${before(total)}`
  const largestLife = `max_over_time(${selector}[${window}])`
  const restarted = `resets(${selector}[${window}]) > 0`
  const increase = `increase(${selector}[${window}])`
  return `(
  (last_over_time(${selector}[${window}])
    - ${before(selector)} * (min_over_time(${selector}[${window}]) >= bool ${before(selector)})
    unless ${restarted})
  or (${largestLife} unless ${before(selector)}${renamed}
    unless on (job, instance) (max_over_time(${uptime}[${window}]) > ${time(secondsOf(window))} unless ${before(uptime)})
    unless (${increase} > ${largestLife} and ${restarted}))
  or ${increase}
)`
}

/**
 * Returns the last value of an aggregation within its staleness. It is computed per job and not per
 * process, so that a process that is gone does not hold an old value.
 */
export function lastKnown(aggregation: string): string {
  return `last_over_time((${aggregation})[${reconciledStaleness}:30s])`
}

/**
 * Returns {@link lastKnown} values by workflow. While Temporal's answers are exported, which always
 * have a value for `other`, a workflow without a value has none: a new process exports only those
 * that it has seen above 0.
 */
export function lastKnownByWorkflow(name: string): string {
  const current = `max by (job, workflow_type) (${select(name)})`
  const answered = `${current} or ${lastKnown(current)} unless on (job) ${select(name, `workflow_type="${otherLabel}"`)}`
  return `(${answered})`
}

/**
 * Returns a condition that keeps only workflows that one of the series still exports: not those
 * that a deploy has removed or renamed, whose past stays in long windows.
 */
export function stillExported(...selectors: readonly string[]): string {
  const by = 'job, workflow_type'
  const exported = selectors.map((each) => `last_over_time(${each}[${reconciledStaleness}])`)
  return `and on (${by}) count by (${by}) (${exported.join(' or ')})`
}

const drainingWithin = (staleness: string): string =>
  `last_over_time(${select(families.draining.name)}[${staleness}]) == 1`

/** Processes that are shutting down, or were when they were scraped last. */
export const draining = drainingWithin(processStaleness)

/** Returns series of processes that are not shutting down, with their last values. */
export function working(name: string, staleness = processStaleness): string {
  return `(last_over_time(${select(name)}[${staleness}]) unless on (job, instance) ${drainingWithin(staleness)})`
}

/**
 * Returns what a vector has of processes whose targets Prometheus still has: a failed scrape keeps
 * it, and a process that has ended leaves none. A value that says that something is wrong would
 * otherwise outlive its process by its window, and fill a `for` as long as that.
 */
export function ofTargets(vector: string, selector: string): string {
  return `(${vector} and on (job, instance) (${select('up')} or ${selector}))`
}

/** Returns the last values of series, of processes whose targets Prometheus still has. */
export function present(name: string): string {
  return ofTargets(`last_over_time(${select(name)}[${processStaleness}])`, select(name))
}

/** Returns {@link present} values of processes that are not shutting down. */
export function presentWorking(name: string): string {
  return `(${present(name)} unless on (job, instance) ${draining})`
}

/** Returns the bounds of a histogram under a configuration. */
export function boundsOf(family: Family, { buckets }: RuleOptions): readonly number[] {
  return buckets[family.name] ?? family.buckets ?? []
}

/**
 * Returns the bound that a threshold is checked at: the threshold itself, else the next bound
 * above, else the largest. A ratio at a bound is exact; a quantile would only interpolate.
 */
export function boundFor(family: Family, seconds: number, options: RuleOptions): number {
  const bounds = boundsOf(family, options)
  return bounds.find((bound) => bound >= seconds) ?? bounds.at(-1) ?? seconds
}

/** Observations of a histogram to count, by labels. */
interface Counting {
  readonly by: string
  readonly window: string
  readonly matchers?: readonly string[]
}

/** The text format writes the bound 1, OpenMetrics 1.0. */
const leMatcher = (bound: number): string =>
  `le=~"${String(bound).replace('.', String.raw`\\.`)}${Number.isInteger(bound) ? String.raw`(\\.0)?` : ''}"`

/**
 * Returns the ratio of observations above a bound, by labels: exact from classic buckets, estimated
 * from native histograms where Prometheus stores these alone.
 */
export function ratioAbove(
  name: string,
  bound: number,
  { by, window, matchers = [] }: Counting,
): string {
  const le = leMatcher(bound)
  const classic = `1 - sum by (${by}) (rate(${select(`${name}_bucket`, ...matchers, le)}[${window}]))
  / sum by (${by}) (rate(${select(`${name}_count`, ...matchers)}[${window}]))`
  const native = `histogram_fraction(${bound}, +Inf, sum by (${by}) (rate(${select(name, ...matchers)}[${window}])))`
  return `(
  ${classic}
  or ${native}
)`
}

/** Returns the number of observations of a histogram in a window, classic or native. */
export function observations(name: string, { by, window, matchers = [] }: Counting): string {
  const native = `increase(${select(name, ...matchers)}[${window}])`
  return `(
  sum by (${by}) ${rise(select(`${name}_count`, ...matchers), window)}
  or round(histogram_count(sum by (${by}) (${native})))
)`
}

/** Returns the number of observations above a value, estimated from native histograms alone. */
export function nativeObservationsAbove(
  name: string,
  seconds: number,
  { by, window, matchers = [] }: Counting,
): string {
  const native = `sum by (${by}) (increase(${select(name, ...matchers)}[${window}]))`
  return `round(histogram_fraction(${seconds}, +Inf, ${native}) * histogram_count(${native}))`
}

/**
 * Returns the number of observations above a bound: exact from classic buckets. `all` is the
 * recorded number of observations with these labels, so that it is computed once.
 */
export function observationsAbove(
  name: string,
  bound: number,
  counting: Counting,
  all: string,
): string {
  const { by, window, matchers = [] } = counting
  const count = select(`${name}_count`, ...matchers)
  const bucket = select(`${name}_bucket`, ...matchers, leMatcher(bound))
  return `(
  ${all} - sum by (${by}) ${rise(bucket, window, count)}
  or ${nativeObservationsAbove(name, bound, counting)}
)`
}

/** Returns the observations of a histogram per second, by labels, classic or native. */
export function observationRate(name: string, { by, window, matchers = [] }: Counting): string {
  const rate = (series: string): string =>
    `sum by (${by}) (rate(${select(series, ...matchers)}[${window}]))`
  return `(${rate(`${name}_count`)} or histogram_count(${rate(name)}))`
}

/** Returns a duration in seconds as people write it: 90s, 10m, 1d. */
export function humanSeconds(seconds: number): string {
  const units = [
    ['d', 86_400],
    ['h', 3_600],
    ['m', 60],
  ] as const
  const unit = units.find(([, size]) => seconds >= size && seconds % size === 0)
  return unit === undefined ? `${seconds}s` : `${seconds / unit[1]}${unit[0]}`
}
