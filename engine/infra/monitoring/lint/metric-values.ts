import { fields } from '../exposition/metrics-proto.ts'
import { exemplarLimit } from './line.ts'
import {
  BytesRefusal,
  doubleOf,
  doubleValuesOf,
  integerOf,
  rangeOf,
  readMessage,
  signedOf,
  signedValuesOf,
  fieldText,
  type ByteRange,
} from './message.ts'
import type { NativeSample, NativeSide } from './native.ts'

/** One sample of a metric: what the text formats write as a line. */
export interface MetricSample {
  readonly suffix: '' | '_bucket' | '_sum' | '_count'
  readonly label?: readonly [name: string, value: string]
  readonly value: number
  readonly native?: NativeSample
}

const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/

/** Reads labels one by one. Throws BytesRefusal. */
export function createLabels(bytes: Uint8Array): {
  readonly labels: ReadonlyMap<string, string>
  read(range: ByteRange): void
} {
  const labels = new Map<string, string>()
  return {
    labels,
    read(range) {
      let [name, value] = ['', '']
      readMessage(bytes, range, {
        [fields.label.name]: (field) => (name = fieldText(bytes, field, 'the name of a label')),
        [fields.label.value]: (field) =>
          (value = fieldText(bytes, field, `the value of the label ${name}`)),
      })
      const refuse = (message: string): never => {
        throw new BytesRefusal(range.start, message)
      }
      if (!labelName.test(name)) refuse(`${JSON.stringify(name)} is not the name of a label`)
      if (name === '__name__') refuse('the label __name__ is the name of the metric')
      if (labels.has(name)) refuse(`the label ${name} is repeated`)
      labels.set(name, value)
    },
  }
}

function checkExemplar(bytes: Uint8Array, range: ByteRange): void {
  const { labels, read } = createLabels(bytes)
  const { exemplar, timestamp } = fields
  readMessage(bytes, range, {
    [exemplar.label]: (field) => read(rangeOf(field)),
    [exemplar.value]: doubleOf,
    [exemplar.timestamp]: (field) =>
      readMessage(bytes, rangeOf(field), {
        [timestamp.seconds]: integerOf,
        [timestamp.nanos]: integerOf,
      }),
  })
  const length = [...labels].reduce((sum, pair) => sum + Array.from(pair.join('')).length, 0)
  if (length <= exemplarLimit) return
  const rule = `an exemplar's labels have at most ${exemplarLimit} characters`
  throw new BytesRefusal(range.start, `${rule}; here ${length}`)
}

/** Reads a counter, a gauge or an untyped value. Throws BytesRefusal. */
export function readNumericValue(bytes: Uint8Array, range: ByteRange): MetricSample[] {
  let value = 0
  readMessage(bytes, range, {
    [fields.value.value]: (field) => (value = doubleOf(field)),
    [fields.value.exemplar]: (field) => checkExemplar(bytes, rangeOf(field)),
  })
  return [{ suffix: '', value }]
}

/** Reads a summary. Throws BytesRefusal. */
export function readSummary(bytes: Uint8Array, range: ByteRange): MetricSample[] {
  const { summary, quantile } = fields
  const samples: MetricSample[] = []
  let [count, sum] = [0, 0]
  readMessage(bytes, range, {
    [summary.count]: (field) => (count = Number(integerOf(field))),
    [summary.sum]: (field) => (sum = doubleOf(field)),
    [summary.quantile]: (field) => {
      let [share, value] = [0, 0]
      readMessage(bytes, rangeOf(field), {
        [quantile.quantile]: (part) => (share = doubleOf(part)),
        [quantile.value]: (part) => (value = doubleOf(part)),
      })
      samples.push({ suffix: '', label: ['quantile', String(share)], value })
    },
  })
  return [...samples, { suffix: '_sum', value: sum }, { suffix: '_count', value: count }]
}

function readBucket(bytes: Uint8Array, range: ByteRange): { count: number; bound: number } {
  const { bucket } = fields
  const read = { count: 0, bound: 0 }
  readMessage(bytes, range, {
    [bucket.count]: (field) => (read.count = Number(integerOf(field))),
    [bucket.floatCount]: (field) => (read.count = doubleOf(field)),
    [bucket.upperBound]: (field) => (read.bound = doubleOf(field)),
    [bucket.exemplar]: (field) => checkExemplar(bytes, rangeOf(field)),
  })
  return read
}

function readSpan(bytes: Uint8Array, range: ByteRange): NativeSide['spans'][number] {
  const read = { offset: 0, length: 0 }
  readMessage(bytes, range, {
    [fields.span.offset]: (field) => (read.offset = signedOf(field)),
    [fields.span.length]: (field) => (read.length = Number(integerOf(field))),
  })
  return read
}

/** The bound of a bucket as the label `le`. */
function boundText(bound: number): string {
  return bound === Infinity ? '+Inf' : String(bound).replace('Infinity', 'Inf')
}

/** Collects one side of a native histogram. Integer buckets are the differences of their counts. */
function createSide(bytes: Uint8Array) {
  const spans: NativeSide['spans'][number][] = []
  const counts: number[] = []
  let count = 0
  return {
    side: { spans, counts } satisfies NativeSide,
    readers: {
      span: (field: Parameters<typeof rangeOf>[0]) =>
        void spans.push(readSpan(bytes, rangeOf(field))),
      delta(field: Parameters<typeof rangeOf>[0]) {
        for (const delta of signedValuesOf(bytes, field)) counts.push((count += delta))
      },
      count: (field: Parameters<typeof rangeOf>[0]) =>
        void counts.push(...doubleValuesOf(bytes, field)),
    },
  }
}

/**
 * Reads a histogram: classic buckets, a native histogram, or both. Throws BytesRefusal. As in
 * Prometheus, the bucket of +Inf may be missing, and a histogram is native if it has a span, a zero
 * threshold or a zero count.
 */
export function readHistogram(bytes: Uint8Array, range: ByteRange): MetricSample[] {
  const of = fields.histogram
  const buckets: { count: number; bound: number }[] = []
  const negative = createSide(bytes)
  const positive = createSide(bytes)
  const read = { count: 0, sum: 0, schema: 0, zeroThreshold: 0, zeroCount: 0 }
  readMessage(bytes, range, {
    [of.count]: (field) => (read.count = Number(integerOf(field))),
    [of.floatCount]: (field) => (read.count = doubleOf(field)),
    [of.sum]: (field) => (read.sum = doubleOf(field)),
    [of.bucket]: (field) => void buckets.push(readBucket(bytes, rangeOf(field))),
    [of.schema]: (field) => (read.schema = signedOf(field)),
    [of.zeroThreshold]: (field) => (read.zeroThreshold = doubleOf(field)),
    [of.zeroCount]: (field) => (read.zeroCount = Number(integerOf(field))),
    [of.floatZeroCount]: (field) => (read.zeroCount = doubleOf(field)),
    [of.negativeSpan]: negative.readers.span,
    [of.negativeDelta]: negative.readers.delta,
    [of.negativeCount]: negative.readers.count,
    [of.positiveSpan]: positive.readers.span,
    [of.positiveDelta]: positive.readers.delta,
    [of.positiveCount]: positive.readers.count,
    [of.exemplar]: (field) => checkExemplar(bytes, rangeOf(field)),
  })
  const { count, sum, zeroThreshold, zeroCount } = read
  const sides = { negative: negative.side, positive: positive.side }
  const isNative =
    zeroThreshold > 0 || zeroCount > 0 || Object.values(sides).some(({ spans }) => spans.length > 0)
  const samples: MetricSample[] = []
  if (isNative) samples.push({ suffix: '', value: count, native: { ...read, ...sides } })
  if (isNative && buckets.length === 0) return samples
  if (buckets.at(-1)?.bound !== Infinity) buckets.push({ bound: Infinity, count })
  for (const bucket of buckets)
    samples.push({
      suffix: '_bucket',
      label: ['le', boundText(bucket.bound)],
      value: bucket.count,
    })
  return [...samples, { suffix: '_sum', value: sum }, { suffix: '_count', value: count }]
}
