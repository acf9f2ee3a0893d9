import { BinaryReader } from '@bufbuild/protobuf/wire'

type FieldReader = (reader: BinaryReader) => void

/** Labels of a point. */
export type OtlpAttributes = Readonly<Record<string, string | number | boolean>>

/** What a counter or a gauge stood at when the request was written. */
export interface OtlpPoint {
  readonly kind: 'counter' | 'gauge'
  readonly metric: { readonly name: string }
  readonly value: number
  readonly attributes: OtlpAttributes
  /** Since when a counter counts, nanoseconds since 1970: differs between two runtimes. */
  readonly since: string
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
function readAttribute(bytes: Uint8Array, into: Record<string, OtlpAttributes[string]>): void {
  let key = ''
  let value: OtlpAttributes[string] | undefined
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
function readPoint(bytes: Uint8Array): Omit<OtlpPoint, 'kind' | 'metric'> {
  let value = 0
  let since = ''
  const attributes: Record<string, OtlpAttributes[string]> = {}
  readMessage(bytes, {
    2: (reader) => (since = String(reader.fixed64())),
    4: (reader) => (value = reader.double()),
    6: (reader) => (value = Number(reader.sfixed64())),
    7: (reader) => readAttribute(reader.bytes(), attributes),
  })
  return { value, attributes, since }
}

/** `opentelemetry.proto.metrics.v1.Metric`: the points of a counter or a gauge. */
function readMetric(bytes: Uint8Array, names: ReadonlySet<string>): OtlpPoint[] {
  const metric = { name: '' }
  let kind: OtlpPoint['kind'] = 'counter'
  let data: Uint8Array | undefined
  readMessage(bytes, {
    1: (reader) => (metric.name = reader.string()),
    5: (reader) => ([kind, data] = ['gauge', reader.bytes()]),
    7: (reader) => ([kind, data] = ['counter', reader.bytes()]),
  })
  const points: OtlpPoint[] = []
  // A gauge and a sum both keep their points in field 1.
  if (data !== undefined && names.has(metric.name))
    readMessage(data, {
      1: (reader) => points.push({ kind, metric, ...readPoint(reader.bytes()) }),
    })
  return points
}

/**
 * Returns the points of counters and gauges with certain names in an OTLP request for export
 * (`ExportMetricsServiceRequest`, opentelemetry-proto 1). The rest is skipped. Throws on bytes that
 * are no protobuf.
 */
export function readOtlpPoints(request: Uint8Array, names: ReadonlySet<string>): OtlpPoint[] {
  const points: OtlpPoint[] = []
  const readScope: FieldReader = (scope) =>
    readMessage(scope.bytes(), {
      2: (reader) => points.push(...readMetric(reader.bytes(), names)),
    })
  const readResource: FieldReader = (resource) => readMessage(resource.bytes(), { 2: readScope })
  readMessage(request, { 1: readResource })
  return points
}
