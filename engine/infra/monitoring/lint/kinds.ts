import type { TextFormat } from '../exposition/format.ts'

/** Suffixes of sample names, by kind. Other kinds do not exist. */
const suffixes: Readonly<Record<TextFormat, Readonly<Record<string, readonly string[]>>>> = {
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

/** Returns the kinds that a TYPE line can name. */
export const kindsOf = (format: TextFormat): readonly string[] => Object.keys(suffixes[format])

/** Returns the kind of a family without a TYPE line. */
export const untypedOf = (format: TextFormat): string => (format === 'text' ? 'untyped' : 'unknown')

/** Returns the possible sample names of a family. */
export function sampleNames(format: TextFormat, kind: string, family: string): readonly string[] {
  return (suffixes[format][kind] ?? ['']).map((suffix) => `${family}${suffix}`)
}

/** Reports whether a sample can carry an exemplar. */
export function takesExemplar(kind: string, sample: string): boolean {
  return kind === 'counter'
    ? sample.endsWith('_total')
    : kind.endsWith('histogram') && sample.endsWith('_bucket')
}

/**
 * Returns the labels that identify a series as one text, sorted and without empty values. `joined`
 * leaves out `le` and `quantile`, so that all samples of a histogram or summary are one.
 */
export function labelSet(
  labels: ReadonlyMap<string, string>,
  { parts }: { parts: 'apart' | 'joined' },
): string {
  const identifying = [...labels].filter(
    ([name, value]) =>
      value !== '' && (parts === 'apart' || (name !== 'le' && name !== 'quantile')),
  )
  return JSON.stringify(identifying.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
