import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Family } from '../catalogue.ts'
import { createProtobufWriter, type HistogramMode } from '../exposition/protobuf.ts'
import { createTextWriter } from '../exposition/write.ts'
import { nativeDefaults } from '../instruments/native-histogram.ts'
import { histogramCells } from '../testing/protobuf.ts'
import { collect, family, recordings, type Recorded } from '../testing/recordings.ts'
import { lintExposition } from './lint.ts'
import { parseExposition, type Parsed } from './parse.ts'
import { isProtobuf, parseProtobuf } from './parse-protobuf.ts'

async function encode(
  recorded: readonly Recorded[],
  mode: HistogramMode = 'classic',
): Promise<Buffer> {
  const metrics = await collect(recorded, { native: nativeDefaults })
  const pieces = [...createProtobufWriter(mode).write(metrics)]
  return Buffer.concat(pieces.map(({ chunk }) => Buffer.from(chunk)))
}

async function write(
  recorded: readonly Recorded[],
  format: 'text' | 'openmetrics',
): Promise<string> {
  const pieces = createTextWriter({ createdSamples: false }).write(await collect(recorded), format)
  return [...pieces].map(({ chunk }) => chunk).join('')
}

function parsed(body: Uint8Array): Parsed {
  const result = parseProtobuf(body)
  if ('families' in result) return result
  throw new Error(`${result.offset} ${result.message}`)
}

/** What a family says, without its places. */
const contentOf = ({ families }: Parsed): unknown =>
  families.map(({ name, kind, help, samples }) => ({
    name,
    kind,
    help,
    samples: samples.map(({ name: sample, labels, value }) => [
      sample,
      Object.fromEntries(labels),
      value,
    ]),
  }))

const one = (
  name: string,
  kind: Family['kind'],
  labels: Record<string, string> = {},
  value = 1,
): Recorded => ({
  family: family(name, kind, Object.keys(labels)),
  values: [{ labels, value }],
})

type Write = (writer: BinaryWriter) => void

const nested = (field: number, write: Write): Write => {
  return (writer) => {
    writer.tag(field, WireType.LengthDelimited).fork()
    write(writer)
    writer.join()
  }
}
const text =
  (field: number, value: string): Write =>
  (writer) =>
    void writer.tag(field, WireType.LengthDelimited).string(value)
const varint =
  (field: number, value: number): Write =>
  (writer) =>
    void writer.tag(field, WireType.Varint).uint64(value)
const signed =
  (field: number, value: number): Write =>
  (writer) =>
    void writer.tag(field, WireType.Varint).sint64(value)
const double =
  (field: number, value: number): Write =>
  (writer) =>
    void writer.tag(field, WireType.Bit64).double(value)
const all =
  (...parts: readonly Write[]): Write =>
  (writer) =>
    parts.forEach((part) => part(writer))

/** One family after its length. */
function message(...parts: readonly Write[]): Buffer {
  const body = new BinaryWriter()
  all(...parts)(body)
  const bytes = body.finish()
  return Buffer.concat([new BinaryWriter().uint32(bytes.length).finish(), bytes])
}

const label = (name: string, value: string): Write => nested(1, all(text(1, name), text(2, value)))
const counter = nested(3, double(1, 1))
/** A counter `a_total` with these metrics. */
const counters = (...metrics: readonly Write[]): Buffer =>
  message(text(1, 'a_total'), varint(3, 0), ...metrics.map((metric) => nested(4, metric)))

const bytes =
  (field: number, ...values: readonly number[]): Write =>
  (writer) =>
    void writer.tag(field, WireType.LengthDelimited).bytes(Uint8Array.from(values))
const long = label('x', 'é'.repeat(128))

/** A histogram `wait_seconds` with these fields. */
const histogram = (...parts: readonly Write[]): Buffer =>
  message(
    text(1, 'wait_seconds'),
    text(2, 'Help.'),
    varint(3, 4),
    nested(4, nested(7, all(...parts))),
  )

describe('parseProtobuf', () => {
  it('Should read the same families, labels and values as from the text', async () => {
    await fc.assert(
      fc.asyncProperty(recordings, async (recorded) => {
        const fromText = parseExposition(await write(recorded, 'text'), { format: 'text' })
        expect(contentOf(parsed(await encode(recorded)))).toEqual(contentOf(fromText as Parsed))
      }),
      { numRuns: 50 },
    )
  })

  it('Should read a native histogram as one sample, beside its classic buckets or alone', async () => {
    const recorded = [one('test_seconds', 'histogram', {}, 1.5)]
    const names = async (mode: HistogramMode): Promise<string[]> =>
      parsed(await encode(recorded, mode)).families[0]!.samples.map(({ name }) => name)
    const lines = ['test_seconds_bucket', 'test_seconds_sum', 'test_seconds_count']
    expect(await names('native')).toEqual(['test_seconds'])
    expect([...new Set(await names('both'))]).toEqual(['test_seconds', ...lines])
    expect([...new Set(await names('classic'))]).toEqual(lines)
  })

  it('Should add the bucket of +Inf where a client leaves it out, as client_golang does', () => {
    const bucket = nested(3, all(varint(1, 1), double(2, 0.5)))
    const { families } = parsed(histogram(varint(1, 3), double(2, 9), bucket))
    expect(families[0]!.samples.map(({ labels, value }) => [labels.get('le'), value])).toEqual([
      ['0.5', 1],
      ['+Inf', 3],
      [undefined, 9],
      [undefined, 3],
    ])
  })

  it('Should read summaries, untyped values, timestamps and unknown fields', () => {
    const quantile = nested(3, all(double(1, 0.5), double(2, 7)))
    const body = Buffer.concat([
      message(
        text(1, 's'),
        varint(3, 2),
        nested(4, nested(4, all(varint(1, 2), double(2, 8), quantile))),
      ),
      message(text(1, 'u'), varint(3, 3), text(99, 'x'), nested(4, nested(5, double(1, 4)))),
      counters(all(counter, varint(6, 1_000))),
    ])
    expect(contentOf(parsed(body))).toMatchObject([
      {
        kind: 'summary',
        samples: [
          ['s', { quantile: '0.5' }, 7],
          ['s_sum', {}, 8],
          ['s_count', {}, 2],
        ],
      },
      { kind: 'untyped', samples: [['u', {}, 4]] },
      { kind: 'counter', samples: [['a_total', {}, 1]] },
    ])
  })

  it.each<[string, Buffer, string]>([
    ['a name that is none', message(text(1, 'a b')), '1 "a b" is not the name of a metric'],
    ['a family without a name', message(varint(3, 0)), '1 "" is not the name of a metric'],
    [
      'a type that is none',
      message(text(1, 'a'), varint(3, 9)),
      '4 9 is not a type; allowed: 0 (counter)',
    ],
    ['a type as text', message(text(1, 'a'), text(3, 'x')), '4 field 3 must be a varint'],
    [
      'a value of another type',
      counters(nested(2, double(1, 1))),
      'a_total is a counter, and a metric of it has no counter',
    ],
    ['a value as an integer', counters(nested(3, varint(1, 1))), 'field 1 must be a double'],
    [
      'a series twice',
      counters(all(label('x', '1'), counter), all(label('x', '1'), counter)),
      'a series of a_total is repeated',
    ],
    [
      'a series and its empty label',
      counters(counter, all(label('x', ''), counter)),
      'a series of a_total is repeated',
    ],
    [
      'a label twice',
      counters(all(label('x', '1'), label('x', '2'), counter)),
      'the label x is repeated',
    ],
    [
      'a label without a name',
      counters(all(label('', '1'), counter)),
      '"" is not the name of a label',
    ],
    [
      'the name as a label',
      counters(all(label('__name__', 'b'), counter)),
      'the label __name__ is the name of the metric',
    ],
    [
      'a long exemplar',
      counters(nested(3, nested(2, label('x', 'é'.repeat(128))))),
      "an exemplar's labels have at most 128 characters; here 129",
    ],
    [
      'a family twice',
      Buffer.concat([counters(counter), counters(counter)]),
      `${counters(counter).length} the family a_total is repeated`,
    ],
    [
      'a name that a histogram has taken',
      Buffer.concat([
        histogram(varint(1, 0)),
        message(text(1, 'wait_seconds_count'), varint(3, 1)),
      ]),
      'wait_seconds_count belongs to wait_seconds',
    ],
    [
      'a group',
      message((writer) => void writer.tag(1, WireType.StartGroup)),
      '1 not a field: wire type 3 is not used',
    ],
    [
      'a length that never ends',
      Buffer.alloc(12, 0xff),
      '0 the length of a family must be a varint of at most 5 bytes',
    ],
    [
      'a length of six bytes',
      Buffer.from([0x80, 0x80, 0x80, 0x80, 0x80, 0x01, 0]),
      '0 the length of a family must be a varint of at most 5 bytes',
    ],
    [
      'a unit that is not UTF-8',
      message(text(1, 'a'), bytes(5, 0xff)),
      'the unit of a must be UTF-8',
    ],
    [
      'the time of an exemplar as text',
      counters(nested(3, nested(2, nested(3, text(1, 'x'))))),
      'field 1 must be a varint',
    ],
    [
      'a long exemplar of a bucket',
      histogram(nested(3, all(varint(1, 1), nested(3, long)))),
      'at most 128 characters; here 129',
    ],
    [
      'a long exemplar of a native histogram',
      histogram(varint(1, 1), nested(16, long)),
      'at most 128 characters; here 129',
    ],
    [
      'a difference of counts that is cut off',
      histogram(bytes(13, 0x02, 0x80)),
      '31 field 13 has an invalid varint',
    ],
    [
      'counts that are half a double',
      histogram(bytes(14, 1, 2, 3, 4, 5, 6, 7, 8, 9)),
      'field 14 must hold whole doubles',
    ],
    [
      'a name that a histogram of gauges has taken',
      Buffer.concat([
        message(text(1, 'wait'), varint(3, 5)),
        message(text(1, 'wait_count'), varint(3, 1)),
      ]),
      'wait_count belongs to wait',
    ],
    ['a length without a message', Buffer.from([0x80]), '0 the exposition ends in a length'],
    [
      'a length of gigabytes',
      Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0]),
      '0 a family should have 4294967295 bytes, and only 1 follow; the exposition is cut off',
    ],
    [
      'a field past its message',
      Buffer.from([3, 0x0a, 9, 0x61]),
      '1 a field reaches past the end of its message',
    ],
  ])('Should refuse %s, with its offset', (_, body, expected) => {
    const result = parseProtobuf(body)
    if ('families' in result) throw new Error('it was accepted')
    expect(`${result.offset} ${result.message}`).toContain(expected)
    expect(result.offset).toBeLessThan(body.length)
  })

  it('Should refuse text that is not UTF-8, at its byte, and accept any that is', () => {
    const good = counters(all(label('x', 'é'), counter))
    expect(parsed(good).families[0]!.samples[0]!.labels.get('x')).toBe('é')
    const at = good.indexOf('é')
    const bad = Buffer.from(good)
    bad[at + 1] = 0x41
    expect(parseProtobuf(bad)).toEqual({
      offset: at,
      message: 'the value of the label x must be UTF-8',
    })
  })

  it('Should refuse a body that is cut anywhere but between two families', async () => {
    const recorded = [one('test_total', 'counter', { code: '1' }), one('test_seconds', 'histogram')]
    const body = await encode(recorded, 'both')
    const first = (await encode([recorded[0]!], 'both')).length
    for (let length = 0; length <= body.length; length++) {
      const whole = length === 0 || length === first || length === body.length
      expect('families' in parseProtobuf(body.subarray(0, length)), `${length} bytes`).toBe(whole)
    }
  })

  it('Should answer to any bytes, and to any damage, with families or a place', async () => {
    const body = await encode([one('test_seconds', 'histogram', { code: 'é' }, 2)], 'both')
    const damaged = fc
      .array(fc.tuple(fc.nat(body.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
      .map((changes) => {
        const copy = Buffer.from(body)
        for (const [at, byte] of changes) copy[at] = byte
        return copy
      })
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), damaged), (bytes) => {
        const result = parseProtobuf(bytes)
        if ('families' in result) lintExposition(result)
        const offset = 'offset' in result ? result.offset : 0
        expect(offset).toBeLessThanOrEqual(bytes.length)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('parts of an exposition that few clients write', () => {
  const samplesOf = (body: Buffer) =>
    parsed(body).families.flatMap(({ samples }) =>
      samples.map(({ name, labels, value }) => [name, labels.get('le'), value]),
    )

  it('Should be skipped where they are fields of 32 bits, which the format does not know', () => {
    const unknown: Write = (writer) => void writer.tag(98, WireType.Bit32).fixed32(7)
    expect(samplesOf(counters(all(unknown, counter)))).toEqual([['a_total', undefined, 1]])
  })

  it('Should be read: exemplars as long as they may be', () => {
    const exemplar = nested(2, label('x', 'é'.repeat(127)))
    expect(samplesOf(counters(nested(3, all(double(1, 4), exemplar))))).toHaveLength(1)
  })

  it('Should be read: counts that are no whole numbers, and bounds of both infinities', () => {
    const bucket = (count: number, bound: number): Write =>
      nested(3, all(double(4, count), double(2, bound)))
    const body = histogram(
      double(4, 2.5),
      bucket(0.5, -Infinity),
      bucket(1.5, 0),
      bucket(2.5, Infinity),
    )
    expect(samplesOf(body).slice(0, 3)).toEqual([
      ['wait_seconds_bucket', '-Inf', 0.5],
      ['wait_seconds_bucket', '0', 1.5],
      ['wait_seconds_bucket', '+Inf', 2.5],
    ])
  })

  it.each<[string, readonly Write[], boolean]>([
    ['a zero threshold', [double(6, 1e-9)], true],
    ['a zero count', [varint(7, 1)], true],
    ['a span of negative buckets', [nested(9, varint(2, 1)), signed(10, 1)], true],
    ['a span of positive buckets', [nested(12, varint(2, 1)), signed(13, 1)], true],
    ['none of them', [signed(5, 3)], false],
  ])('Should make a histogram native: %s', (_, parts, isNative) => {
    const [sample] = parsed(histogram(varint(1, 1), ...parts)).families[0]!.samples
    expect([sample!.name, sample!.native !== undefined]).toEqual([
      isNative ? 'wait_seconds' : 'wait_seconds_bucket',
      isNative,
    ])
  })

  it('Should be read: counts of native buckets, packed', () => {
    const packed = Buffer.alloc(16)
    packed.writeDoubleLE(1.5, 0)
    packed.writeDoubleLE(2.5, 8)
    const body = histogram(double(4, 4), nested(12, varint(2, 2)), bytes(14, ...packed))
    expect(parsed(body).families[0]!.samples[0]!.native!.positive.counts).toEqual([1.5, 2.5])
  })

  it('Should let counters share the start of their names', () => {
    const families = ['a', 'a_sum', 'a_count'].map((name) => message(text(1, name), varint(3, 0)))
    expect(parsed(Buffer.concat(families)).families).toHaveLength(3)
  })
})

describe('isProtobuf', () => {
  /** A family without a zero byte, whose help has so many letters. */
  const wordy = (letters: number): Buffer =>
    message(text(1, 'abc'), text(2, 'h'.repeat(letters)), varint(3, 1))

  it.each([1, 100, 117, 118, 300, 20_000, 3_000_000])(
    'Should know a family with a help of %d letters, by its first bytes',
    (letters) => {
      expect(wordy(letters).includes(0)).toBe(false)
      expect(isProtobuf(wordy(letters))).toBe(true)
      expect(isProtobuf(wordy(letters).subarray(0, 12))).toBe(true)
    },
  )

  it.each<[string, readonly number[], boolean]>([
    ['a length of five bytes', [0x81, 0x81, 0x81, 0x81, 0x01, 0x0a, 1, 0x61, 0x12], true],
    ['a length of six bytes', [0x81, 0x81, 0x81, 0x81, 0x81, 0x01, 0x0a, 1, 0x61, 0x12], false],
    ['another field before the name', [9, 0x12, 1, 0x61, 0x12], false],
    ['a name that is none', [9, 0x0a, 3, 0x61, 0x2d, 0x62, 0x12], false],
    ['a blank after the name', [9, 0x0a, 1, 0x61, 0x20], false],
    ['a name and nothing else', [9, 0x0a, 1, 0x61], false],
  ])('Should tell by %s', (_, body, expected) => {
    expect(isProtobuf(Buffer.from(body))).toBe(expected)
  })

  it.each<[string, Buffer, boolean]>([
    ['a family', counters(counter), true],
    [
      'a family whose name is damaged',
      Buffer.concat([Buffer.from([9]), counters(counter).subarray(1)]),
      true,
    ],
    ['zero bytes', Buffer.alloc(5), true],
    ['a text', Buffer.from('# TYPE a gauge\na 1\n'), false],
    ['a text that starts with an empty comment', Buffer.from(`#\n${'a'.repeat(99)} 1\n`), false],
    ['empty lines', Buffer.from('\n\n\na 1\n'), false],
    ['nothing', Buffer.alloc(0), false],
  ])('Should know %s', (_, body, expected) => {
    expect(isProtobuf(body)).toBe(expected)
  })
})

/** Findings without their lines. */
const findingsOf = (result: Parsed): string[] =>
  lintExposition(result, { maxSeries: 3 }).map(
    ({ rule, severity, metric, message: found }) => `${severity} ${rule}: ${metric} ${found}`,
  )

/** Recordings that break one rule each, and what is found. */
const faults: readonly (readonly [string, readonly Recorded[], string])[] = [
  ['an unknown name', [one('compozy_surprise', 'gauge')], 'unknown: compozy_surprise is not'],
  ['another kind', [one('compozy_uptime_seconds_total', 'gauge')], 'kind: compozy_uptime'],
  [
    'an unknown label',
    [one('compozy_build_info', 'gauge', { tenant: 'a' })],
    'label: compozy_build_info has no label "tenant"',
  ],
  [
    'an unknown value',
    [
      one('compozy_http_requests_total', 'counter', {
        method: 'BREW',
        path: '/',
        status_code: '200',
      }),
    ],
    'value: compozy_http_requests_total method="BREW"',
  ],
  [
    'a unit',
    [one('acme_milliseconds', 'histogram')],
    'naming: acme_milliseconds should be in seconds',
  ],
  [
    'a label in capitals',
    [one('acme', 'gauge', { tenantId: 'a' })],
    'naming: acme the label tenantId',
  ],
  [
    'no help',
    [{ ...one('acme', 'gauge'), family: family('acme', 'gauge', [], { help: '' }) }],
    'help: acme has no help text',
  ],
  [
    'too many series',
    [
      {
        family: family('acme', 'gauge', ['x']),
        values: [1, 2, 3, 4].map((value) => ({ labels: { x: String(value) }, value })),
      },
    ],
    'cardinality: acme has 4 label sets',
  ],
  [
    'a process that does not run',
    [one('compozy_uptime_seconds_total', 'counter', {}, 0)],
    'freshness: compozy_uptime_seconds_total is not above 0',
  ],
  [
    'buckets without a threshold',
    [
      {
        ...one('compozy_http_request_duration_seconds', 'histogram', { method: 'GET', path: '/' }),
        family: family('compozy_http_request_duration_seconds', 'histogram', ['method', 'path'], {
          buckets: [0.1],
        }),
      },
    ],
    'disarmed: compozy_http_request_duration_seconds',
  ],
]

describe('lintExposition of a protobuf exposition', () => {
  it.each(faults)(
    'Should find %s as in the text and in OpenMetrics',
    async (_, recorded, found) => {
      const fromText = findingsOf(parseExposition(await write(recorded, 'text')) as Parsed)
      const fromOpenMetrics = findingsOf(
        parseExposition(await write(recorded, 'openmetrics')) as Parsed,
      )
      const fromProtobuf = findingsOf(parsed(await encode(recorded)))
      expect(fromProtobuf).toEqual(fromText)
      expect(fromOpenMetrics).toEqual(fromText)
      expect(fromProtobuf.join('\n')).toContain(found)
      const sound = findingsOf(parsed(await encode([one('acme', 'gauge', { x: '1' })])))
      expect(sound.join('\n')).not.toContain(found)
    },
  )

  it('Should find nothing wrong with the native histograms that we write', async () => {
    const values = [0, 1e-9, 0.3, 5, 5.1, 86_400].map((value) => ({ labels: {}, value }))
    const recorded = [{ family: family('acme_seconds', 'histogram', []), values }]
    for (const mode of ['classic', 'native', 'both'] as const)
      expect(findingsOf(parsed(await encode(recorded, mode))).join('\n')).not.toContain('acme')
  })

  it('Should agree with every histogram of client_golang', () => {
    for (const cell of histogramCells) {
      const side = (spans: typeof cell.positive, [span, delta]: readonly [number, number]): Write =>
        all(
          ...spans.spans.map(([offset, length]) =>
            nested(span, all(signed(1, offset), varint(2, length))),
          ),
          ...spans.deltas.map((each) => signed(delta, each)),
        )
      const body = histogram(
        varint(1, cell.count),
        double(2, Number(cell.sum.replace('Inf', 'Infinity'))),
        signed(5, cell.schema),
        double(6, 2 ** -128),
        varint(7, cell.zeroCount),
        side(cell.positive, [12, 13]),
        side(cell.negative, [9, 10]),
      )
      expect(
        findingsOf(parsed(body)).filter((finding) => finding.includes('wait_seconds')),
        cell.name,
      ).toEqual([])
    }
  })

  const span = (offset: number, length: number): Write =>
    nested(12, all(signed(1, offset), varint(2, length)))
  const sound = [double(6, 1e-9), varint(7, 1), span(0, 2), signed(13, 3), signed(13, -1)]
  it.each<[string, readonly Write[], string | undefined]>([
    ['a sound one', [varint(1, 6), ...sound], undefined],
    [
      'a sound one with packed buckets',
      [
        varint(1, 6),
        double(6, 1e-9),
        varint(7, 1),
        span(0, 2),
        nested(13, (writer) => void writer.sint64(3).sint64(-1)),
      ],
      undefined,
    ],
    [
      'a sound one of floats',
      [double(4, 5.5), double(6, 1e-9), double(8, 0.5), span(0, 2), double(14, 3), double(14, 2)],
      undefined,
    ],
    ['NaN among the values', [varint(1, 7), double(2, NaN), ...sound], undefined],
    ['another count', [varint(1, 7), ...sound], 'the native count is 7, and its buckets hold 6'],
    [
      'fewer than its buckets',
      [varint(1, 5), double(2, NaN), ...sound],
      'the native count is 5, and its buckets hold 6',
    ],
    [
      'a bucket too few',
      [varint(1, 6), ...sound, span(1, 1)],
      'the positive spans have 3 buckets, and 2 are given',
    ],
    [
      'spans that overlap',
      [varint(1, 6), ...sound, span(-1, 0)],
      'a positive span starts before the end of the one before it',
    ],
    [
      'a negative bucket',
      [varint(1, 1), double(6, 1e-9), span(0, 1), signed(13, -3)],
      'a positive bucket has a negative count',
    ],
    [
      'a schema',
      [varint(1, 6), signed(5, 9), ...sound],
      'the native schema is 9; allowed: -4 to 8',
    ],
    [
      'a zero threshold',
      [varint(1, 6), ...sound, double(6, -1)],
      'the zero threshold is -1; it must not be negative',
    ],
    [
      'a span of billions',
      [varint(1, 6), ...sound, span(1, 4_000_000_000)],
      'the positive spans have 4000000002 buckets, and 2 are given',
    ],
  ])('Should judge a native histogram as Prometheus does: %s', (_, parts, expected) => {
    const found = findingsOf(parsed(histogram(...parts))).filter((each) =>
      each.includes(' wait_seconds '),
    )
    expect(found.slice(0, 1)).toEqual(
      expected === undefined ? [] : [`error histogram: wait_seconds ${expected}`],
    )
  })
})
