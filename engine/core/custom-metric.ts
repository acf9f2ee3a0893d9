import type { CustomMetricType } from './observation.ts'

/** Most observations that one tool call records. */
export const toolObservationsLimit = 100

/** Longest label value of an observation, characters. */
export const labelValueCharacters = 100

/** An observation as a tool records it, not yet checked against what the project declares. */
export interface ToolObservation {
  /** Name in YAML. */
  readonly name: string
  readonly kind: CustomMetricType
  /** Null for a value that is not a finite number. */
  readonly value: number | null
  readonly labels: Readonly<Record<string, string>>
}

/** A metric that a project declares in YAML. */
export interface CustomMetric {
  /** `compozy_custom_…`; an application exports it with its own prefix instead of `compozy`. */
  readonly name: string
  readonly type: CustomMetricType
  readonly help: string
  readonly unit?: string
  readonly buckets?: readonly number[]
  /** Name by which tools record it, with `on: tool`. */
  readonly toolName?: string
  /** Allowed values by label; every other value is recorded as `other`. */
  readonly labels: Readonly<Record<string, readonly string[]>>
}

/** The value of a custom label for every value that is not allowed. */
export const otherValue = 'other'

/**
 * Returns the labels of an observation as its metric declares them, with `other` for a value that
 * is not allowed. Undefined when the names are not those of the declaration.
 */
export function declaredLabels(
  labels: Readonly<Record<string, string>>,
  declared: CustomMetric['labels'],
): Record<string, string> | undefined {
  const names = Object.keys(declared)
  if (Object.keys(labels).length !== names.length) return undefined
  if (!names.every((label) => Object.hasOwn(labels, label))) return undefined
  const checked = names.map((label) => {
    const text = labels[label] ?? ''
    return [label, declared[label]?.includes(text) === true ? text : otherValue] as const
  })
  return Object.fromEntries(checked)
}

/** Label values with a meaning of their own, which no workflow and no tool can have as its ID. */
export const reservedLabelValues: ReadonlySet<string> = new Set(['other', 'unmatched'])

/** Labels that Prometheus sets or interprets itself. */
export const reservedLabels: ReadonlySet<string> = new Set(['le', 'quantile', 'job', 'instance'])

/** Suffixes of the samples of a histogram. */
export const sampleSuffixes = ['_bucket', '_sum', '_count'] as const

/** Suffixes of the samples that OpenMetrics gives to a family, by its type. */
const openMetricsSuffixes: Readonly<Record<CustomMetricType, readonly string[]>> = {
  counter: ['_total', '_created'],
  gauge: [],
  histogram: [...sampleSuffixes, '_created'],
}

/**
 * Returns the names that a family has in OpenMetrics: its own, which is without `_total` for a
 * counter, and those that its samples may have. Parsers refuse a scrape in which two families share
 * one of them.
 */
export function openMetricsNames(name: string, type: CustomMetricType): readonly string[] {
  const family = type === 'counter' ? name.replace(/_total$/, '') : name
  return [family, ...openMetricsSuffixes[type].map((suffix) => `${family}${suffix}`)]
}

const reservedSuffixes = ['_total', '_created', '_info', ...sampleSuffixes]

/** Returns the suffix of a name that Prometheus or OpenMetrics interprets, or undefined. */
export function reservedSuffixOf(name: string): string | undefined {
  return reservedSuffixes.find((suffix) => name.endsWith(suffix))
}

/**
 * Returns the index of the first bound that is not finite or not above the one before it, or
 * undefined when the bounds can be the buckets of a histogram.
 */
export function misplacedBound(bounds: readonly unknown[]): number | undefined {
  const index = bounds.findIndex(
    (bound, i) =>
      typeof bound !== 'number' ||
      !Number.isFinite(bound) ||
      (i > 0 && bound <= (bounds[i - 1] as number)),
  )
  return index === -1 ? undefined : index
}

/** Prefixes of other exporters. */
const reservedPrefixes = ['process', 'nodejs', 'temporal', 'prometheus', 'scrape', 'otel', 'go']

/** Says what is wrong with a prefix of exported names, as what follows it; else undefined. */
export function prefixProblem(prefix: unknown): string | undefined {
  if (typeof prefix !== 'string' || !/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(prefix))
    return 'is invalid; use lower case letters, digits and single underscores, such as "shop"'
  if (reservedPrefixes.some((each) => prefix === each || prefix.startsWith(`${each}_`)))
    return 'belongs to another exporter; choose the name of your application'
  return undefined
}

/**
 * Reports whether rules can name a scrape job. It stands in PromQL strings, and in annotations,
 * which are templates of Go.
 */
export const isScrapeJob = (job: unknown): boolean =>
  typeof job === 'string' && /^[^"\\\p{Cc}\p{Cs}]+$/u.test(job) && !job.includes('{{')

/** What a scrape job must be, as the end of "it must …". */
export const scrapeJobRule = 'have no quotes, backslashes, control characters or {{'
