import { AggregationTemporality, DataPointType } from '@opentelemetry/sdk-metrics'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { families } from '../catalogue.ts'
import { cumulative, dataPointTypes } from './data-model.ts'
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

describe('the data model', () => {
  it('Should have the values of the SDK', () => {
    const { HISTOGRAM, EXPONENTIAL_HISTOGRAM, GAUGE, SUM } = DataPointType
    expect(dataPointTypes).toEqual({
      histogram: HISTOGRAM,
      exponentialHistogram: EXPONENTIAL_HISTOGRAM,
      gauge: GAUGE,
      sum: SUM,
    })
    expect(cumulative).toBe(AggregationTemporality.CUMULATIVE)
  })
})
