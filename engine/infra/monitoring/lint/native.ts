import type { ReportFinding } from './findings.ts'

/** The buckets of one sign: spans of consecutive buckets, and a count for each of their buckets. */
export interface NativeSide {
  readonly spans: readonly { readonly offset: number; readonly length: number }[]
  readonly counts: readonly number[]
}

/** A native histogram of one series. */
export interface NativeSample {
  readonly count: number
  readonly sum: number
  readonly schema: number
  readonly zeroThreshold: number
  readonly zeroCount: number
  readonly negative: NativeSide
  readonly positive: NativeSide
}

/** Resolutions that Prometheus reads: a bucket is 2^(2^-schema) wide. */
const schemas = { lowest: -4, highest: 8 }

function checkSide(name: string, { spans, counts }: NativeSide, wrong: (m: string) => void): void {
  if (spans.some(({ offset }, index) => index > 0 && offset < 0))
    wrong(`a ${name} span starts before the end of the one before it`)
  const length = spans.reduce((sum, span) => sum + span.length, 0)
  if (length !== counts.length)
    wrong(`the ${name} spans have ${length} buckets, and ${counts.length} are given`)
  if (counts.some((count) => !(count >= 0))) wrong(`a ${name} bucket has a negative count`)
}

/** Checks a native histogram as Prometheus does before it stores it. */
export function checkNative(native: NativeSample, line: number, report: ReportFinding): void {
  const { count, sum, schema, zeroThreshold, zeroCount, negative, positive } = native
  const wrong = (message: string): void => report('histogram', message, line)
  if (schema < schemas.lowest || schema > schemas.highest)
    wrong(`the native schema is ${schema}; allowed: ${schemas.lowest} to ${schemas.highest}`)
  if (!(zeroThreshold >= 0))
    wrong(`the zero threshold is ${zeroThreshold}; it must not be negative`)
  checkSide('negative', negative, wrong)
  checkSide('positive', positive, wrong)
  const counts = [zeroCount, ...negative.counts, ...positive.counts]
  const total = counts.reduce((all, each) => all + each, 0)
  // NaN is counted and lies in no bucket.
  const agrees = Number.isNaN(sum) ? count >= total : count === total
  if (!agrees) wrong(`the native count is ${count}, and its buckets hold ${total}`)
}
