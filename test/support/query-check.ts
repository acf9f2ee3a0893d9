import { allFamilies, type Family } from '../../engine/infra/monitoring/catalogue.ts'
import { parseQuery, type Matcher, type Selector } from './promql.ts'

/**
 * What a name stands for: its labels with their closed values, where they are closed, and whether
 * it only rises.
 */
interface Series {
  readonly labels: Readonly<Record<string, readonly string[] | undefined>>
  readonly rises: boolean
  /** Only functions of native histograms and heatmaps read it. */
  readonly native?: true
}

/** Labels that Prometheus adds to whatever it scrapes. */
const added = { job: undefined, instance: undefined, __name__: undefined }

/** Series that Prometheus itself makes. */
const ofPrometheus: Readonly<Record<string, Series>> = Object.fromEntries(
  [
    'up',
    'scrape_duration_seconds',
    'scrape_samples_scraped',
    'scrape_samples_post_metric_relabeling',
    'scrape_series_added',
  ].map((name) => [name, { labels: added, rises: false }]),
)
const alerts: Series = {
  labels: {
    ...added,
    alertname: undefined,
    alertstate: ['pending', 'firing'],
    severity: ['page', 'ticket'],
  },
  rises: false,
}

function seriesOf({ name, kind, labels: declared }: Family): [string, Series][] {
  const labels = {
    ...added,
    ...Object.fromEntries(
      Object.entries(declared).map(([label, spec]) => [
        label,
        'values' in spec ? spec.values : undefined,
      ]),
    ),
  }
  if (kind !== 'histogram') return [[name, { labels, rises: kind === 'counter' }]]
  return [
    [name, { labels, rises: true, native: true }],
    [`${name}_bucket`, { labels: { ...labels, le: undefined }, rises: true }],
    [`${name}_sum`, { labels, rises: true }],
    [`${name}_count`, { labels, rises: true }],
  ]
}

const catalogue: ReadonlyMap<string, Series> = new Map([
  ...allFamilies.flatMap(seriesOf),
  ...Object.entries(ofPrometheus),
  ['ALERTS', alerts],
])

const ofCounters = new Set(['rate', 'irate', 'increase', 'resets'])
const ofGauges = new Set(['delta', 'idelta', 'deriv', 'predict_linear'])

/** Whether a closed label can have a value that the matcher accepts, and one that it refuses. */
function canMatch({ op, value }: Matcher, values: readonly string[]): boolean {
  const accepts = (candidate: string) =>
    op.endsWith('~') ? new RegExp(`^(?:${value})$`).test(candidate) : candidate === value
  return values.some(accepts)
}

/**
 * What is wrong with a query: names that nothing exports, labels that a family does not have,
 * values outside a closed set, `rate` of a gauge, `delta` of a counter, a quantile without `le`.
 * Empty: nothing.
 *
 * @param recorded labels of the recording rules that a query may read, by name
 */
export function complaints(
  expression: string,
  recorded: Readonly<Record<string, readonly string[]>> = {},
): string[] {
  const { selectors, groupings } = parseQuery(expression)
  const lookUp = (name: string): Series | undefined => {
    const labels = recorded[name]
    if (labels === undefined) return catalogue.get(name)
    return { labels: Object.fromEntries(labels.map((label) => [label, undefined])), rises: false }
  }
  const labelsOf = ({ name }: Selector): readonly string[] =>
    name === undefined ? [...everyLabel] : Object.keys(lookUp(name)?.labels ?? {})

  const found: string[] = []
  for (const selector of selectors) {
    const { name, matchers, functions } = selector
    const series = name === undefined ? undefined : lookUp(name)
    const readable =
      series?.native !== true ||
      functions.some((each) => each.startsWith('histogram_') || each === 'increase')
    if (name !== undefined && (series === undefined || !readable)) {
      found.push(`nothing exports ${name}`)
      continue
    }
    for (const matcher of matchers) {
      if (!labelsOf(selector).includes(matcher.label))
        found.push(`${name ?? 'no family'} has no label ${matcher.label}`)
      const values = series?.labels[matcher.label]
      if (values !== undefined && !canMatch(matcher, values))
        found.push(`${name} never has ${matcher.label}${matcher.op}"${matcher.value}"`)
    }
    if (series === undefined) continue
    for (const inside of functions) {
      if (ofCounters.has(inside) && !series.rises)
        found.push(`${inside} of ${name}, which may fall`)
      if (ofGauges.has(inside) && series.rises) found.push(`${inside} of ${name}, which only rises`)
    }
    const classic = 'le' in series.labels
    if (classic && functions.includes('histogram_quantile') && !groupsByBound(expression))
      found.push(`a quantile of ${name} without le`)
  }
  for (const { labels, of } of groupings) {
    const known = new Set(of.flatMap(labelsOf))
    for (const label of labels)
      if (!known.has(label)) found.push(`groups by ${label}, which none of ${names(of)} has`)
  }
  return found
}

const everyLabel = new Set([...catalogue.values()].flatMap(({ labels }) => Object.keys(labels)))
const names = (selectors: readonly Selector[]) =>
  selectors.map(({ name }) => name ?? '{}').join(', ')
const groupsByBound = (expression: string) =>
  parseQuery(expression).groupings.some(({ labels }) => labels.includes('le'))
