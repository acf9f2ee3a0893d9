import { defined } from '../../../core/defined.ts'
import { fields, types } from '../exposition/metrics-proto.ts'
import { labelSet, sampleNames } from './kinds.ts'
import {
  BytesRefusal,
  integerOf,
  rangeOf,
  readMessage,
  fieldText,
  type ByteRange,
  type MessageField,
} from './message.ts'
import {
  createLabels,
  readHistogram,
  readNumericValue,
  readSummary,
  type MetricSample,
} from './metric-values.ts'
import type { Parsed, ParsedFamily, ParsedSample } from './parse.ts'

/** Where and why bytes are not a protobuf exposition. */
export interface ProtobufFailure {
  /** In bytes, from 0. */
  readonly offset: number
  readonly message: string
}

/** The first byte of a family's name: a string field. */
const nameTag = (fields.family.name << 3) | 2
const tagsAfterName = [
  (fields.family.help << 3) | 2,
  fields.family.type << 3,
  (fields.family.metric << 3) | 2,
]
const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/

/** Names of the types, by number. */
const typeNames: ReadonlyMap<bigint, keyof typeof types> = new Map(
  (Object.keys(types) as (keyof typeof types)[]).map((name) => [BigInt(types[name]), name]),
)

/** The field that a metric of each type has its value in. */
const values: Readonly<
  Record<
    keyof typeof types,
    {
      readonly field: number
      readonly read: (bytes: Uint8Array, range: ByteRange) => MetricSample[]
    }
  >
> = {
  counter: { field: fields.metric.counter, read: readNumericValue },
  gauge: { field: fields.metric.gauge, read: readNumericValue },
  summary: { field: fields.metric.summary, read: readSummary },
  untyped: { field: fields.metric.untyped, read: readNumericValue },
  histogram: { field: fields.metric.histogram, read: readHistogram },
  gaugehistogram: { field: fields.metric.histogram, read: readHistogram },
}

/** Reads a metric: one series, or all samples of one histogram or summary. */
function readMetric(
  bytes: Uint8Array,
  range: ByteRange,
  { name, kind }: { name: string; kind: keyof typeof types },
): ParsedSample[] {
  const { labels, read } = createLabels(bytes)
  const { field, read: readValue } = values[kind]
  let samples: MetricSample[] | undefined
  readMessage(bytes, range, {
    [fields.metric.label]: (label) => read(rangeOf(label)),
    [fields.metric.timestamp]: integerOf,
    [field]: (value) => (samples = readValue(bytes, rangeOf(value))),
  })
  if (samples === undefined)
    throw new BytesRefusal(range.start, `${name} is a ${kind}, and a metric of it has no ${kind}`)
  return samples.map(({ suffix, label, value, native }) =>
    defined({
      name: `${name}${suffix}`,
      labels: label === undefined ? labels : new Map([...labels, label]),
      value,
      line: 0,
      native,
    }),
  )
}

/** Reads one family and its series. */
function readFamily(bytes: Uint8Array, range: ByteRange): ParsedFamily {
  let name = ''
  let help: string | undefined
  let kind: keyof typeof types = 'counter'
  const metrics: ByteRange[] = []
  const { family } = fields
  readMessage(bytes, range, {
    [family.name]: (field) => (name = fieldText(bytes, field, 'the name of a family')),
    [family.help]: (field) => (help = fieldText(bytes, field, `the help of ${name}`)),
    [family.type]: (field) => (kind = typeOf(field)),
    [family.metric]: (field) => void metrics.push(rangeOf(field)),
    [family.unit]: (field) => void fieldText(bytes, field, `the unit of ${name}`),
  })
  if (!metricName.test(name))
    throw new BytesRefusal(range.start, `${JSON.stringify(name)} is not the name of a metric`)
  const series = new Set<string>()
  const samples = metrics.flatMap((metric) => {
    const found = readMetric(bytes, metric, { name, kind })
    for (const { name: sample, labels } of found) {
      const key = `${sample} ${labelSet(labels, { parts: 'apart' })}`
      if (series.has(key)) throw new BytesRefusal(metric.start, `a series of ${name} is repeated`)
      series.add(key)
    }
    return found
  })
  return defined({ name, kind, help, samples, line: 0 })
}

function typeOf(field: MessageField): keyof typeof types {
  const number = integerOf(field)
  const kind = typeNames.get(number)
  if (kind !== undefined) return kind
  const allowed = [...typeNames].map(([each, type]) => `${each} (${type})`).join(', ')
  throw new BytesRefusal(field.at, `${number} is not a type; allowed: ${allowed}`)
}

/** Refuses families that are repeated or share a sample name, as the text formats do. */
function createOwners(): (family: ParsedFamily, offset: number) => void {
  const owners = new Map<string, string>()
  return ({ name, kind }, offset) => {
    const lines = sampleNames('text', kind === 'gaugehistogram' ? 'histogram' : kind, name)
    for (const sample of new Set([name, ...lines])) {
      const owner = owners.get(sample)
      if (owner === name) throw new BytesRefusal(offset, `the family ${name} is repeated`)
      if (owner !== undefined) throw new BytesRefusal(offset, `${sample} belongs to ${owner}`)
      owners.set(sample, name)
    }
  }
}

/** Reads the length before a message, and returns where the message is. */
function messageAt(bytes: Uint8Array, at: number): ByteRange {
  let length = 0
  for (let size = 0; size < 5; size++) {
    const byte = bytes[at + size]
    if (byte === undefined) throw new BytesRefusal(at, 'the exposition ends in a length')
    length += (byte & 0x7f) * 2 ** (7 * size)
    if (byte >= 0x80) continue
    const start = at + size + 1
    const left = bytes.length - start
    if (length > left) {
      const rest = `and only ${left} follow; the exposition is cut off`
      throw new BytesRefusal(at, `a family should have ${length} bytes, ${rest}`)
    }
    return { start, end: start + length }
  }
  throw new BytesRefusal(at, 'the length of a family must be a varint of at most 5 bytes')
}

/**
 * Parses a protobuf exposition: messages `io.prometheus.client.MetricFamily`, each after its
 * length. As strict as `parseExposition`, with offsets for lines. Unknown fields are skipped.
 */
export function parseProtobuf(body: Uint8Array): Parsed | ProtobufFailure {
  const families: ParsedFamily[] = []
  const claim = createOwners()
  try {
    for (let at = 0; at < body.length;) {
      const range = messageAt(body, at)
      const family = readFamily(body, range)
      claim(family, at)
      families.push(family)
      at = range.end
    }
  } catch (error) {
    if (!(error instanceof BytesRefusal)) throw error
    return { offset: error.offset, message: error.message }
  }
  return { format: 'protobuf', families }
}

/**
 * Reports whether bytes are meant as a protobuf exposition: they start with a length and the name
 * of a family, or hold a zero byte, which no text does.
 */
export function isProtobuf(body: Uint8Array): boolean {
  if (body.includes(0)) return true
  let at = 0
  while (at < 4 && body[at]! >= 0x80) at++
  const end = at + 3 + (body[at + 2] ?? 0)
  const name = Buffer.from(body.subarray(at + 3, end)).toString('latin1')
  // A name in a text is followed by a space, a brace or a line feed.
  return body[at + 1] === nameTag && metricName.test(name) && tagsAfterName.includes(body[end]!)
}
