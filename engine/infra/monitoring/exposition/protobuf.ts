import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import type { DataPoint, Histogram, MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { dataPointTypes } from '../instruments/data-model.ts'
import type { BucketCounts, NativeSnapshot } from '../instruments/native-histogram.ts'
import type { PointExtras } from '../instruments/producer.ts'
import type { Exemplar } from '../instruments/slots.ts'
import { fields, types } from './metrics-proto.ts'
import { isCounter, unitOf, type Attributes, type Piece } from './samples.ts'

/** Which histograms a protobuf exposition carries. */
export type HistogramMode = 'classic' | 'native' | 'both'

/** Series per piece; the event loop is free between pieces. */
const seriesPerPiece = 50

/** Gaps of up to this many empty buckets stay within a span, as in `client_golang`. */
const gapInSpan = 2

/** Most exemplars of a native histogram, as in `client_golang`. */
const nativeExemplars = 10

const message = (writer: BinaryWriter, field: number): BinaryWriter =>
  writer.tag(field, WireType.LengthDelimited).fork()
const text = (writer: BinaryWriter, field: number, value: string): BinaryWriter =>
  writer.tag(field, WireType.LengthDelimited).string(value)
const double = (writer: BinaryWriter, field: number, value: number): BinaryWriter =>
  writer.tag(field, WireType.Bit64).double(value)

/** Writes a uint64. Up to 32 bits, the bytes are the same and writing them takes no BigInt. */
function count(writer: BinaryWriter, field: number, value: number): void {
  writer.tag(field, WireType.Varint)
  if (value < 2 ** 32) writer.uint32(value)
  else writer.uint64(value)
}

/** Writes a sint64. */
function delta(writer: BinaryWriter, field: number, value: number): void {
  writer.tag(field, WireType.Varint)
  if (Math.abs(value) < 2 ** 31) writer.sint32(value)
  else writer.sint64(value)
}

function writeLabels(writer: BinaryWriter, field: number, labels: Attributes): void {
  for (const [name, value] of Object.entries(labels)) {
    message(writer, field)
    text(writer, fields.label.name, name)
    text(writer, fields.label.value, String(value))
    writer.join()
  }
}

function writeTimestamp(
  writer: BinaryWriter,
  field: number,
  [seconds, nanos]: readonly [number, number],
): void {
  message(writer, field)
  count(writer, fields.timestamp.seconds, seconds)
  if (nanos !== 0) writer.tag(fields.timestamp.nanos, WireType.Varint).int32(nanos)
  writer.join()
}

function writeExemplar(writer: BinaryWriter, field: number, { labels, value, at }: Exemplar): void {
  message(writer, field)
  writeLabels(writer, fields.exemplar.label, labels)
  double(writer, fields.exemplar.value, value)
  const seconds = Math.floor(at / 1_000)
  writeTimestamp(writer, fields.exemplar.timestamp, [seconds, (at - seconds * 1_000) * 1e6])
  writer.join()
}

/** Writes buckets as spans of consecutive keys and differences of counts. */
function writeSpans(
  writer: BinaryWriter,
  { keys, counts }: BucketCounts,
  spanField: number,
  deltaField: number,
): void {
  const spans: { readonly offset: number; length: number }[] = []
  const deltas: number[] = []
  let previous = 0
  let next = 0
  for (const [index, key] of keys.entries()) {
    const gap = key - next
    if (index === 0 || gap > gapInSpan) spans.push({ offset: gap, length: 0 })
    else {
      for (let i = 0; i < gap; i++) {
        deltas.push(-previous)
        previous = 0
      }
      spans.at(-1)!.length += gap
    }
    deltas.push(counts[index]! - previous)
    previous = counts[index]!
    spans.at(-1)!.length++
    next = key + 1
  }
  for (const { offset, length } of spans) {
    message(writer, spanField)
    writer.tag(fields.span.offset, WireType.Varint).sint32(offset)
    writer.tag(fields.span.length, WireType.Varint).uint32(length).join()
  }
  for (const each of deltas) delta(writer, deltaField, each)
}

function writeNative(writer: BinaryWriter, native: NativeSnapshot): void {
  const field = fields.histogram
  writer.tag(field.schema, WireType.Varint).sint32(native.schema)
  double(writer, field.zeroThreshold, native.zeroThreshold)
  count(writer, field.zeroCount, native.zeroCount)
  writeSpans(writer, native.negative, field.negativeSpan, field.negativeDelta)
  writeSpans(writer, native.positive, field.positiveSpan, field.positiveDelta)
}

type HistogramPoint = DataPoint<Histogram> & PointExtras

function writeBuckets(writer: BinaryWriter, { value, exemplars }: HistogramPoint): void {
  const { boundaries, counts } = value.buckets
  let below = 0
  for (const [index, upperBound] of [...boundaries.filter(Number.isFinite), Infinity].entries()) {
    below += counts[index]!
    message(writer, fields.histogram.bucket)
    count(writer, fields.bucket.count, below)
    double(writer, fields.bucket.upperBound, upperBound)
    const exemplar = exemplars?.[index]
    if (exemplar !== undefined) writeExemplar(writer, fields.bucket.exemplar, exemplar)
    writer.join()
  }
}

function writeHistogram(writer: BinaryWriter, point: HistogramPoint, mode: HistogramMode): void {
  const { value, native, exemplars = [], startTime } = point
  message(writer, fields.metric.histogram)
  count(writer, fields.histogram.count, value.count)
  double(writer, fields.histogram.sum, value.sum ?? 0)
  const isNative = native !== undefined && mode !== 'classic'
  if (!isNative || mode === 'both') writeBuckets(writer, point)
  if (isNative) writeNative(writer, native)
  writeTimestamp(writer, fields.histogram.created, startTime)
  if (isNative) {
    const newest = exemplars
      .filter((exemplar) => exemplar !== undefined)
      .toSorted((a, b) => a.at - b.at)
      .slice(-nativeExemplars)
    for (const exemplar of newest) writeExemplar(writer, fields.histogram.exemplar, exemplar)
  }
  writer.join()
}

function writeNumber(
  writer: BinaryWriter,
  { value, exemplars, startTime }: DataPoint<number> & PointExtras,
  kind: 'counter' | 'gauge',
): void {
  message(writer, fields.metric[kind])
  double(writer, fields.value.value, value)
  if (kind === 'counter') {
    const exemplar = exemplars?.[0]
    if (exemplar !== undefined) writeExemplar(writer, fields.value.exemplar, exemplar)
    writeTimestamp(writer, fields.value.created, startTime)
  }
  writer.join()
}

/** Writes one series and returns how many samples it stands for in the text formats. */
function writeSeries(
  writer: BinaryWriter,
  point: MetricData['dataPoints'][number],
  { kind, mode }: { kind: 'counter' | 'gauge'; mode: HistogramMode },
): number {
  if (typeof point.value === 'number') {
    writeNumber(writer, point as DataPoint<number>, kind)
    return 1
  }
  const histogram = point as DataPoint<Histogram>
  writeHistogram(writer, histogram, mode)
  return histogram.value.buckets.counts.length + 2
}

/**
 * Creates a writer of the protobuf format: one message per family, each after its length. It caches
 * the bytes of labels by their objects, as the writer of the text formats does.
 */
export function createProtobufWriter(mode: HistogramMode): {
  write(metrics: ResourceMetrics): Iterable<Piece>
} {
  const labelBytes = new WeakMap<Attributes, Uint8Array>()

  function labelsOf(attributes: Attributes): Uint8Array {
    let bytes = labelBytes.get(attributes)
    if (bytes === undefined) {
      const writer = new BinaryWriter()
      writeLabels(writer, fields.metric.label, attributes)
      bytes = writer.finish()
      labelBytes.set(attributes, bytes)
    }
    return bytes
  }

  function headOf(metric: MetricData, kind: keyof typeof types): Uint8Array {
    const writer = new BinaryWriter()
    text(writer, fields.family.name, metric.descriptor.name)
    if (metric.descriptor.description !== '')
      text(writer, fields.family.help, metric.descriptor.description)
    writer.tag(fields.family.type, WireType.Varint).int32(types[kind])
    return writer.finish()
  }

  function* write({ scopeMetrics }: ResourceMetrics): Generator<Piece> {
    for (const metric of scopeMetrics.flatMap(({ metrics }) => metrics)) {
      if (metric.dataPoints.length === 0) continue
      if (metric.dataPointType === dataPointTypes.exponentialHistogram) continue
      const kind = isCounter(metric) ? 'counter' : 'gauge'
      const histogram = metric.dataPointType === dataPointTypes.histogram
      const parts = [headOf(metric, histogram ? 'histogram' : kind)]
      const writer = new BinaryWriter()
      let samples = 0
      for (const [index, point] of metric.dataPoints.entries()) {
        message(writer, fields.family.metric).raw(labelsOf(point.attributes))
        samples += writeSeries(writer, point, { kind, mode })
        writer.join()
        if (index % seriesPerPiece !== seriesPerPiece - 1) continue
        parts.push(writer.finish())
        // The length of a family comes first, so its bytes wait until its last series.
        yield { chunk: '', samples: 0 }
      }
      const unit = unitOf(metric)
      if (unit !== '') text(writer, fields.family.unit, unit)
      parts.push(writer.finish())
      const length = parts.reduce((sum, part) => sum + part.length, 0)
      yield { chunk: new BinaryWriter().uint32(length).finish(), samples }
      for (const chunk of parts) yield { chunk, samples: 0 }
    }
  }

  return { write }
}
