import { ValueType } from '@opentelemetry/api'
import { AggregationTemporality, DataPointType } from '@opentelemetry/sdk-metrics'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { families } from '../catalogue.ts'
import { cumulative, dataPointTypes, doubleValue, noResource } from './data-model.ts'
import { openOtelReader } from './otel-reader.ts'
import { openReader } from './reader.ts'
import { createRegistry } from './registry.ts'

vi.mock('./otel-reader.ts', { spy: true })

beforeEach(() => void vi.mocked(openOtelReader).mockClear())

function setup() {
  const registry = createRegistry()
  registry.instrument(families.uptime)({}).add(3)
  const reader = openReader(registry, 100)
  const collectedNames = async (): Promise<string[]> => {
    const { resourceMetrics } = await reader.collect()
    return resourceMetrics.scopeMetrics.flatMap(({ metrics }) =>
      metrics.map(({ descriptor }) => descriptor.name),
    )
  }
  return { reader, collectedNames }
}

describe('openReader', () => {
  it('Should collect the slots without the SDK of OpenTelemetry', async () => {
    const { reader, collectedNames } = setup()
    expect(await collectedNames()).toEqual([families.uptime.name])
    expect(openOtelReader).not.toHaveBeenCalled()
    await reader.stop()
  })

  it('Should open the SDK once for a Meter, and then collect both', async () => {
    const { reader, collectedNames } = setup()
    const [meter, again] = await Promise.all([reader.meter(), reader.meter()])
    expect(openOtelReader).toHaveBeenCalledTimes(1)
    meter.createCounter('acme_jobs').add(1)
    again.createCounter('acme_mails').add(1)
    expect((await collectedNames()).toSorted()).toEqual([
      'acme_jobs',
      'acme_mails',
      families.uptime.name,
    ])
    await reader.stop()
    await expect(reader.collect()).rejects.toThrow('shutdown')
  })
})

describe('a Meter', () => {
  it.each([
    [99, 99, false],
    [100, 100, true],
    [500, 100, true],
  ])('Should have as many series as the limit lets it: %d', async (given, series, overflows) => {
    const { reader } = setup()
    const counter = (await reader.meter()).createCounter('acme_jobs')
    for (let i = 0; i < given; i++) counter.add(1, { id: String(i) })
    const { resourceMetrics } = await reader.collect()
    const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics)
    const { dataPoints } = metrics.find(({ descriptor }) => descriptor.name === 'acme_jobs')!
    const rest = dataPoints.filter(({ attributes }) => attributes['otel.metric.overflow'] === true)
    expect([dataPoints.length, rest.length > 0]).toEqual([series, overflows])
    expect(dataPoints.reduce((sum, { value }) => sum + Number(value), 0)).toBe(given)
    await reader.stop()
  })
})

describe('the data model', () => {
  it('Should add nothing to the resource of another reader', () => {
    expect(noResource.merge(null)).toBe(noResource)
    const other = { ...noResource, attributes: { a: 1 } }
    expect(noResource.merge(other)).toBe(other)
  })

  it('Should have the values of the SDK', () => {
    const { HISTOGRAM, EXPONENTIAL_HISTOGRAM, GAUGE, SUM } = DataPointType
    expect(dataPointTypes).toEqual({
      histogram: HISTOGRAM,
      exponentialHistogram: EXPONENTIAL_HISTOGRAM,
      gauge: GAUGE,
      sum: SUM,
    })
    expect(cumulative).toBe(AggregationTemporality.CUMULATIVE)
    expect(doubleValue).toBe(ValueType.DOUBLE)
  })
})
