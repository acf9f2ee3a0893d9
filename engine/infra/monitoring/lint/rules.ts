import type { Finding } from './lint.ts'
import type { ParsedFamily, ParsedSample } from './parse.ts'

/** Units that have a base unit, as promlint lists them. */
const derivedUnits: Readonly<Record<string, string>> = {
  milliseconds: 'seconds',
  microseconds: 'seconds',
  nanoseconds: 'seconds',
  minutes: 'seconds',
  hours: 'seconds',
  days: 'seconds',
  kilobytes: 'bytes',
  megabytes: 'bytes',
  gigabytes: 'bytes',
  kibibytes: 'bytes',
  mebibytes: 'bytes',
  percent: 'ratio',
}

/** The rules of `promtool check metrics` for names, help and labels. */
export function checkNaming(metric: string, { kind, help, samples, line }: ParsedFamily): Finding[] {
  const findings: Finding[] = []
  const naming = (message: string): void => void findings.push({ rule: 'naming', metric, message, line })
  if (help === undefined || help === '') {
    findings.push({ rule: 'help', metric, message: 'has no help text', line })
  }
  if (kind === 'counter' && !metric.endsWith('_total')) naming('a counter should end in _total')
  if (kind !== 'counter' && metric.endsWith('_total')) naming('only a counter should end in _total')
  if (/[A-Z]/.test(metric)) naming('names are lower case with underscores')
  if (metric.includes(':')) naming('colons are for recording rules')
  for (const word of metric.split('_')) {
    const base = derivedUnits[word]
    if (base !== undefined) naming(`should be in ${base}, not in ${word}`)
  }
  const labels = new Set(samples.flatMap((sample) => [...sample.labels.keys()]))
  for (const label of labels) {
    if (label.startsWith('__')) naming(`the label ${label} is reserved`)
    if (/[A-Z]/.test(label)) naming(`the label ${label} should be lower case with underscores`)
    if (label === 'le' && kind !== 'histogram') naming('the label le belongs to histograms')
    if (label === 'quantile' && kind !== 'summary') naming('the label quantile belongs to summaries')
  }
  return findings
}

function bySeries(samples: readonly ParsedSample[]): Map<string, ParsedSample[]> {
  const groups = new Map<string, ParsedSample[]>()
  for (const sample of samples) {
    const labels = [...sample.labels]
      .filter(([label]) => label !== 'le')
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
    const key = JSON.stringify(labels)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [sample])
    else group.push(sample)
  }
  return groups
}

const boundOf = ({ labels }: ParsedSample): number =>
  Number((labels.get('le') ?? 'NaN').replace('Inf', 'Infinity'))

/** Buckets of each series rise in bound and count, end with +Inf, and agree with `_count`. */
export function checkHistograms(metric: string, { kind, samples, line }: ParsedFamily): Finding[] {
  if (kind !== 'histogram') return []
  const findings: Finding[] = []
  for (const group of bySeries(samples).values()) {
    const at = group[0]?.line ?? line
    const wrong = (message: string): void =>
      void findings.push({ rule: 'histogram', metric, message, line: at })
    const buckets = group.filter(({ name }) => name.endsWith('_bucket'))
    const count = group.find(({ name }) => name.endsWith('_count'))
    if (!group.some(({ name }) => name.endsWith('_sum')) || count === undefined)
      wrong('needs _sum and _count')
    const last = buckets.at(-1)
    if (last === undefined || boundOf(last) !== Infinity) wrong('the last bucket must be le="+Inf"')
    else if (count !== undefined && last.value !== count.value) wrong('_count must be the bucket of +Inf')
    const rises = buckets.every(
      (bucket, i) =>
        i === 0 || (boundOf(bucket) > boundOf(buckets[i - 1]!) && bucket.value >= buckets[i - 1]!.value),
    )
    if (!rises) wrong('buckets must rise in bound and in count')
  }
  return findings
}
