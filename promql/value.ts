/** Labels of a series; the name of the metric is `__name__`. */
export type Labels = Readonly<Record<string, string>>

/** One series at one moment. */
export interface VectorSample {
  readonly labels: Labels
  readonly value: number
}

/** One series over a range, without stale marks; times in ms. */
export interface RangeSeries {
  readonly labels: Labels
  readonly times: readonly number[]
  readonly values: readonly number[]
}

/** What a function of a range gets beside the series: the range's bounds, in ms. */
export interface RangeBounds {
  readonly from: number
  readonly to: number
}

/** Returns the text that tells label sets apart. */
export function labelKey(labels: Labels, names: readonly string[] = Object.keys(labels)): string {
  const present = names.filter((name) => labels[name] !== undefined && labels[name] !== '')
  return present
    .sort()
    .map((name) => `${name}\u0001${labels[name]!}`)
    .join('\u0002')
}

/** Returns the labels of `names` that exist. */
export function pickLabels(labels: Labels, names: readonly string[]): Labels {
  return Object.fromEntries(
    names.flatMap((name) => (labels[name] === undefined ? [] : [[name, labels[name]]])),
  )
}

/** Returns the labels without `names`. */
export function omitLabels(labels: Labels, names: readonly string[]): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !names.includes(name)))
}

/** Returns the labels without the metric's name, as operations and functions leave it out. */
export const withoutName = (labels: Labels): Labels => omitLabels(labels, ['__name__'])
