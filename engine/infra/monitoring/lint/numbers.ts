import type { ReportFinding } from './findings.ts'
import { labelSet } from './kinds.ts'
import { numberOf } from './line.ts'
import { checkNative } from './native.ts'
import type { ParsedFamily, ParsedSample } from './parse.ts'

function checkSeries(group: readonly ParsedSample[], line: number, report: ReportFinding): void {
  const natives = group.flatMap(({ native }) => (native === undefined ? [] : [native]))
  for (const native of natives) checkNative(native, line, report)
  if (natives.length === group.length) return
  const wrong = (message: string): void => report('histogram', message, line)
  const named = (end: string): ParsedSample[] => group.filter(({ name }) => name.endsWith(end))
  const [count] = named('_count')
  if (named('_sum').length === 0 || count === undefined) wrong('needs _sum and _count')
  const buckets = named('_bucket').map(({ labels, value }) => ({
    le: numberOf(labels.get('le') ?? ''),
    value,
  }))
  const last = buckets.at(-1)
  if (last?.le !== Infinity) wrong('the last bucket must be le="+Inf"')
  else if (count !== undefined && last.value !== count.value)
    wrong('_count must equal the +Inf bucket')
  const rises = buckets.every(
    ({ le, value }, i) => i === 0 || (le > buckets[i - 1]!.le && value >= buckets[i - 1]!.value),
  )
  if (!rises) wrong('buckets must rise in bound and in count')
}

/** Checks that buckets rise in bound and count, end with +Inf, and agree with the count. */
export function checkHistograms(
  { kind, samples, line }: ParsedFamily,
  report: ReportFinding,
): void {
  if (kind !== 'histogram') return
  const groups = new Map<string, ParsedSample[]>()
  for (const sample of samples) {
    const key = labelSet(sample.labels, { parts: 'joined' })
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [sample])
    else group.push(sample)
  }
  for (const group of groups.values()) checkSeries(group, group[0]?.line ?? line, report)
}

function isCount(kind: string, sample: string): boolean {
  if (kind === 'counter') return !sample.endsWith('_created')
  if (kind === 'histogram') return /_(bucket|count)$/.test(sample)
  return kind === 'summary' && sample.endsWith('_count')
}

/** Checks that counts are not negative. */
export function checkCounts({ kind, samples }: ParsedFamily, report: ReportFinding): void {
  for (const { name, value, line } of samples) {
    if (isCount(kind, name) && !(value >= 0))
      report('number', `${name} is ${value}; a count must not be negative`, line)
  }
}
