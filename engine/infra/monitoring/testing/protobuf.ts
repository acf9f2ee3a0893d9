import { readFileSync } from 'node:fs'
import { createFileRegistry, fromBinary, type DescMessage } from '@bufbuild/protobuf'
import { sizeDelimitedPeek } from '@bufbuild/protobuf/wire'
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'

/** What `client_golang` gives for one set of observations: see fixtures/client-golang/main.go. */
export interface HistogramCell {
  readonly name: string
  readonly startSchema: number
  /** 0: no limit. */
  readonly maxBuckets: number
  readonly observations: readonly string[]
  readonly count: number
  readonly sum: string
  readonly schema: number
  readonly zeroCount: number
  readonly positive: ExpectedBuckets
  readonly negative: ExpectedBuckets
}

interface ExpectedBuckets {
  readonly spans: readonly (readonly [offset: number, length: number])[]
  readonly deltas: readonly number[]
}

const { descriptor, cells } = JSON.parse(
  readFileSync(new URL('../fixtures/client-golang/cells.json', import.meta.url), 'utf8'),
) as { readonly descriptor: string; readonly cells: readonly HistogramCell[] }

/** The cells of the reference. */
export const histogramCells = cells

/** Messages of metrics.proto, as they are decoded. */
export interface DecodedFamily {
  readonly name: string
  readonly help: string
  readonly type: number
  readonly unit: string
  readonly metric: readonly DecodedMetric[]
}

/** One series. */
export interface DecodedMetric {
  readonly label: readonly DecodedLabel[]
  readonly gauge?: { readonly value: number }
  readonly counter?: DecodedCounter
  readonly histogram?: DecodedHistogram
}

/** One label. */
export interface DecodedLabel {
  readonly name: string
  readonly value: string
}

interface DecodedTimestamp {
  readonly seconds: bigint
  readonly nanos: number
}

interface DecodedExemplar {
  readonly label: readonly DecodedLabel[]
  readonly value: number
  readonly timestamp?: DecodedTimestamp
}

interface DecodedCounter {
  readonly value: number
  readonly exemplar?: DecodedExemplar
  readonly createdTimestamp?: DecodedTimestamp
}

interface DecodedSpan {
  readonly offset: number
  readonly length: number
}

/** A classic or native histogram, or both in one. */
export interface DecodedHistogram {
  readonly sampleCount: bigint
  readonly sampleSum: number
  readonly bucket: readonly {
    readonly cumulativeCount: bigint
    readonly upperBound: number
    readonly exemplar?: DecodedExemplar
  }[]
  readonly schema: number
  readonly zeroThreshold: number
  readonly zeroCount: bigint
  readonly positiveSpan: readonly DecodedSpan[]
  readonly positiveDelta: readonly bigint[]
  readonly negativeSpan: readonly DecodedSpan[]
  readonly negativeDelta: readonly bigint[]
  readonly createdTimestamp?: DecodedTimestamp
  readonly exemplars: readonly DecodedExemplar[]
}

/** The schema that `client_model` itself publishes, not one of ours. */
const schema: DescMessage = (() => {
  const registry = createFileRegistry(
    fromBinary(FileDescriptorSetSchema, Buffer.from(descriptor, 'base64')),
  )
  const found = registry.getMessage('io.prometheus.client.MetricFamily')
  if (found === undefined) throw new Error('the fixture has no MetricFamily')
  return found
})()

/** Decodes a protobuf exposition. Throws where it is cut off or malformed. */
export function decodeFamilies(body: Uint8Array): DecodedFamily[] {
  const families: DecodedFamily[] = []
  for (let at = 0; at < body.length;) {
    const { eof, size, offset } = sizeDelimitedPeek(body.subarray(at))
    if (eof || size === null || at + offset + size > body.length) throw new Error('cut off')
    const message = body.subarray(at + offset, at + offset + size)
    // The schema is known only at run time, so the compiler knows no fields.
    families.push(fromBinary(schema, message) as unknown as DecodedFamily)
    at += offset + size
  }
  return families
}
