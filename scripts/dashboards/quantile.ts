/** What a quantile is taken of. */
export interface QuantileOf {
  /** Name of the histogram. */
  readonly of: string
  readonly matchers: string
  /** Labels of the result. */
  readonly by?: readonly string[]
  readonly window?: string
}

/** Returns a quantile of a histogram: of its classic buckets, else of the native histogram. */
export function quantileOf(
  q: number,
  { of, matchers, by = [], window = '$__rate_interval' }: QuantileOf,
): string {
  const grouped = by.length === 0 ? 'sum' : `sum by (${by.join(', ')})`
  const classic = `histogram_quantile(${q}, sum by (${[...by, 'le'].join(', ')}) (rate(${of}_bucket{${matchers}}[${window}])))`
  return `${classic} or histogram_quantile(${q}, ${grouped} (rate(${of}{${matchers}}[${window}])))`
}

/** Returns the observations by bucket for a heatmap: classic buckets or the native histogram. */
export function bucketsOf({ of, matchers }: Pick<QuantileOf, 'of' | 'matchers'>): string {
  const rise = (series: string): string => `(increase(${series}{${matchers}}[$__rate_interval]))`
  return `sum by (le) ${rise(`${of}_bucket`)} or sum ${rise(of)}`
}

/** Returns the observed values per second, summed: of a classic, else of a native histogram. */
export function observedPerSecond({ of, matchers, by = [] }: QuantileOf): string {
  const rate = (series: string): string =>
    `sum by (${by.join(', ')}) (rate(${series}{${matchers}}[$__rate_interval]))`
  return `${rate(`${of}_sum`)} or histogram_sum(${rate(of)})`
}
