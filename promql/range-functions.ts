import type { RangeBounds, RangeSeries } from './value.ts'

/** Returns the rise of a counter over its samples, a fall being a restart from 0. */
function counterRise(values: readonly number[]): number {
  let rise = values.at(-1)! - values[0]!
  for (let i = 1; i < values.length; i++) if (values[i]! < values[i - 1]!) rise += values[i - 1]!
  return rise
}

/**
 * Returns by how much the range reaches beyond the samples, as Prometheus does: to the bound when
 * a sample is close, else by half the usual distance; for a counter never beyond its zero.
 */
function extrapolation(
  { times, values }: RangeSeries,
  { from, to }: RangeBounds,
  rise: number,
): number {
  const sampled = times.at(-1)! - times[0]!
  const average = sampled / (times.length - 1)
  const threshold = average * 1.1
  let before = times[0]! - from
  let after = to - times.at(-1)!
  if (before >= threshold) before = average / 2
  if (after >= threshold) after = average / 2
  if (rise > 0 && values[0]! >= 0) before = Math.min(before, sampled * (values[0]! / rise))
  return (sampled + before + after) / sampled
}

/** `increase()`: what a counter rose by over the whole range. */
function increase(series: RangeSeries, bounds: RangeBounds): number | undefined {
  if (series.times.length < 2) return undefined
  const rise = counterRise(series.values)
  return rise * extrapolation(series, bounds, rise)
}

function rate(series: RangeSeries, bounds: RangeBounds): number | undefined {
  const rise = increase(series, bounds)
  return rise === undefined ? undefined : rise / ((bounds.to - bounds.from) / 1_000)
}

function countOf(values: readonly number[], differs: (before: number, now: number) => boolean) {
  return values.filter((value, i) => i > 0 && differs(values[i - 1]!, value)).length
}

type RangeFunction = (series: RangeSeries, bounds: RangeBounds) => number | undefined

/** Functions of one series over a range; undefined gives no result for the series. */
export const rangeFunctions: Readonly<Record<string, RangeFunction>> = {
  rate,
  increase,
  resets: ({ values }) => countOf(values, (before, now) => now < before),
  changes: ({ values }) => countOf(values, (before, now) => now !== before),
  last_over_time: ({ values }) => values.at(-1),
  max_over_time: ({ values }) => values.reduce((a, b) => Math.max(a, b), -Infinity),
  min_over_time: ({ values }) => values.reduce((a, b) => Math.min(a, b), Infinity),
  sum_over_time: ({ values }) => values.reduce((a, b) => a + b, 0),
  count_over_time: ({ values }) => values.length,
  avg_over_time: ({ values }) => values.reduce((a, b) => a + b, 0) / values.length,
}
