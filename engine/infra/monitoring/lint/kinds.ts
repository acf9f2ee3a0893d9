import type { Format } from '../exposition/write.ts'

/** What follows the family's name in the names of its samples, by kind; kinds that are not listed do not exist. */
const suffixes: Readonly<Record<Format, Readonly<Record<string, readonly string[]>>>> = {
  text: {
    counter: [''],
    gauge: [''],
    histogram: ['_bucket', '_sum', '_count'],
    summary: ['', '_sum', '_count'],
    untyped: [''],
  },
  openmetrics: {
    counter: ['_total', '_created'],
    gauge: [''],
    histogram: ['_bucket', '_sum', '_count', '_created'],
    gaugehistogram: ['_bucket', '_gsum', '_gcount'],
    summary: ['', '_sum', '_count', '_created'],
    info: ['_info'],
    stateset: [''],
    unknown: [''],
  },
}

/** Every kind that a TYPE line of the format can name. */
export const kindsOf = (format: Format): readonly string[] => Object.keys(suffixes[format])

/** The kind of a family that no TYPE line names. */
export const untypedOf = (format: Format): string => (format === 'text' ? 'untyped' : 'unknown')

/** Names that the samples of a family can have. */
export function sampleNames(format: Format, kind: string, family: string): readonly string[] {
  return (suffixes[format][kind] ?? ['']).map((suffix) => `${family}${suffix}`)
}

/** Whether samples of this name can carry an exemplar. */
export function takesExemplar(kind: string, sample: string): boolean {
  return kind === 'counter'
    ? sample.endsWith('_total')
    : kind.endsWith('histogram') && sample.endsWith('_bucket')
}

/**
 * The labels that tell series apart, as one text: in any order, and without empty values, which Prometheus takes as no
 * label. Without `parts` the bucket's bound counts too; with it a histogram's or summary's samples are one.
 */
export function labelSet(
  labels: ReadonlyMap<string, string>,
  { parts }: { parts: 'apart' | 'joined' },
): string {
  const telling = [...labels].filter(
    ([name, value]) =>
      value !== '' && (parts === 'apart' || (name !== 'le' && name !== 'quantile')),
  )
  return JSON.stringify(telling.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
