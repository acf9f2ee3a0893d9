import { BinaryReader } from '@bufbuild/protobuf/wire'
import type { SdkEvent } from './sdk-event.ts'

type FieldReader = (reader: BinaryReader) => void

/** A value of a counter or of a gauge. */
export interface OtlpPoint extends SdkEvent {
  readonly kind: 'counter' | 'gauge'
}

/** Reads a message by one function per field number. Other fields are skipped. */
function readMessage(bytes: Uint8Array, fields: Readonly<Record<number, FieldReader>>): void {
  const reader = new BinaryReader(bytes)
  while (reader.pos < reader.len) {
    const [number, wire] = reader.tag()
    const read = fields[number]
    if (read === undefined) reader.skip(wire, number)
    else read(reader)
  }
}

/** `opentelemetry.proto.common.v1.KeyValue`. */
function readAttribute(bytes: Uint8Array, into: Record<string, string | number | boolean>): void {
  let key = ''
  let value: string | number | boolean | undefined
  const readValue = (any: Uint8Array): void =>
    readMessage(any, {
      1: (reader) => (value = reader.string()),
      2: (reader) => (value = reader.bool()),
      3: (reader) => (value = Number(reader.int64())),
      4: (reader) => (value = reader.double()),
    })
  readMessage(bytes, {
    1: (reader) => (key = reader.string()),
    2: (reader) => readValue(reader.bytes()),
  })
  if (value !== undefined) into[key] = value
}

/** `opentelemetry.proto.metrics.v1.NumberDataPoint`. */
function readPoint(bytes: Uint8Array): Pick<OtlpPoint, 'value' | 'attributes'> {
  let value = 0
  const attributes: Record<string, string | number | boolean> = {}
  readMessage(bytes, {
    4: (reader) => (value = reader.double()),
    6: (reader) => (value = Number(reader.sfixed64())),
    7: (reader) => readAttribute(reader.bytes(), attributes),
  })
  return { value, attributes }
}

/** `opentelemetry.proto.metrics.v1.Metric`: its points, unless it is a histogram. */
function readMetric(bytes: Uint8Array, points: OtlpPoint[]): void {
  const metric = { name: '' }
  // A gauge and a sum both keep their points in field 1.
  const readPoints =
    (kind: OtlpPoint['kind']): FieldReader =>
    (data) =>
      readMessage(data.bytes(), {
        1: (reader) => points.push({ kind, metric, ...readPoint(reader.bytes()) }),
      })
  readMessage(bytes, {
    1: (reader) => (metric.name = reader.string()),
    5: readPoints('gauge'),
    7: readPoints('counter'),
  })
}

/**
 * Returns the points of the counters and gauges of an OTLP request for export
 * (`ExportMetricsServiceRequest`, opentelemetry-proto 1). Histograms are skipped. Throws on bytes
 * that are no protobuf.
 */
export function readOtlpPoints(request: Uint8Array): OtlpPoint[] {
  const points: OtlpPoint[] = []
  const readScope: FieldReader = (scope) =>
    readMessage(scope.bytes(), { 2: (reader) => readMetric(reader.bytes(), points) })
  const readResource: FieldReader = (resource) => readMessage(resource.bytes(), { 2: readScope })
  readMessage(request, { 1: readResource })
  return points
}
