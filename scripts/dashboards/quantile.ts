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
