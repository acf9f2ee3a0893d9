import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { collect, family, recordings } from '../testing/recordings.ts'
import type { TextFormat } from './format.ts'
import { createTextWriter } from './write.ts'

const writer = createTextWriter({ createdSamples: false })

function writeExposition(collected: ResourceMetrics, format: TextFormat): string {
  return [...writer.write(collected, format)].map(({ chunk }) => chunk).join('')
}

/**
 * Sample lines of a text, in an order of their own: the two writers sort a histogram's lines
 * differently.
 */
const samples = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .toSorted()

describe('writeExposition', () => {
  it("Should write the same samples as OpenTelemetry's own serializer", async () => {
    await fc.assert(
      fc.asyncProperty(recordings, async (recorded) => {
        const collected = await collect(recorded)
        const oracle = new PrometheusSerializer('', false, undefined, true, true).serialize(
          collected,
        )
        expect(samples(writeExposition(collected, 'text'))).toEqual(samples(oracle))
      }),
      { numRuns: 300 },
    )
  })

  it('Should escape what a label or a help text may hold', async () => {
    const hostile = family('hostile_total', 'counter', ['path'], {
      help: 'a \\ and a\nline and "quotes"',
    })
    const collected = await collect([
      { family: hostile, values: [{ labels: { path: 'a"b\\c\nd' }, value: 1 }] },
    ])
    expect(writeExposition(collected, 'text')).toBe(
      '# HELP hostile_total a \\\\ and a\\nline and "quotes"\n# TYPE hostile_total counter\nhostile_total{path="a\\"b\\\\c\\nd"} 1\n',
    )
    expect(writeExposition(collected, 'openmetrics')).toContain(
      '# HELP hostile a \\\\ and a\\nline and \\"quotes\\"\n',
    )
  })

  it('Should write OpenMetrics with family names, units, canonical bounds and an end', async () => {
    const seconds = family('wait_seconds', 'histogram', [], { unit: 'seconds' })
    const total = family('things_total', 'counter', [])
    const text = writeExposition(
      await collect([
        { family: seconds, values: [{ labels: {}, value: 5 }] },
        { family: total, values: [{ labels: {}, value: 2 }] },
      ]),
      'openmetrics',
    )
    expect(text.split('\n')).toEqual([
      '# HELP wait_seconds Help of wait_seconds.',
      '# TYPE wait_seconds histogram',
      '# UNIT wait_seconds seconds',
      'wait_seconds_bucket{le="0.1"} 0',
      'wait_seconds_bucket{le="1.0"} 0',
      'wait_seconds_bucket{le="10.0"} 1',
      'wait_seconds_bucket{le="+Inf"} 1',
      'wait_seconds_sum 5',
      'wait_seconds_count 1',
      '# HELP things Help of things_total.',
      '# TYPE things counter',
      'things_total 2',
      '# EOF',
      '',
    ])
  })

  it('Should leave out a family without series rather than write its head alone', async () => {
    expect(
      writeExposition(
        await collect([{ family: family('empty_total', 'counter', ['a']), values: [] }]),
        'text',
      ),
    ).toBe('')
  })

  it('Should write when counters and histograms were created, in OpenMetrics by setting', async () => {
    const recorded = [
      {
        family: family('things_total', 'counter', ['a']),
        values: [{ labels: { a: 'b' }, value: 2 }],
      },
      { family: family('level', 'gauge', []), values: [{ labels: {}, value: 2 }] },
      { family: family('wait', 'histogram', []), values: [{ labels: {}, value: 5 }] },
    ]
    const collected = await collect(recorded, { now: () => 1_600_000_000_250 })
    const withCreated = createTextWriter({ createdSamples: true })
    const created = (target: typeof writer, format: TextFormat): string[] =>
      [...target.write(collected, format)]
        .flatMap(({ chunk }) => String(chunk).split('\n'))
        .filter((line) => line.includes('_created'))
    expect(created(withCreated, 'openmetrics')).toEqual([
      'things_created{a="b"} 1600000000.250',
      'wait_created 1600000000.250',
    ])
    expect(created(withCreated, 'text')).toEqual([])
    expect(created(writer, 'openmetrics')).toEqual([])
  })
})
