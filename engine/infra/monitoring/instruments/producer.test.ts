import { DataPointType, type DataPoint, type Histogram } from '@opentelemetry/sdk-metrics'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { families } from '../catalogue.ts'
import { nativeDefaults } from './native-histogram.ts'
import { createProducer, type PointExtras } from './producer.ts'
import { createRegistry } from './registry.ts'
import { inTurns } from './turns.ts'

/** Makes every look at the clock find another time. */
function passTime(msPerLook: number): void {
  let now = 0
  vi.spyOn(performance, 'now').mockImplementation(() => (now += msPerLook))
}

/** Runs in every turn of the event loop, until it is stopped. */
function everyTurn(act: () => void): () => number {
  let turns = 0
  let stopped = false
  const again = (): void => {
    if (stopped) return
    turns++
    act()
    setImmediate(again)
  }
  setImmediate(again)
  return () => {
    stopped = true
    return turns
  }
}

afterEach(() => void vi.restoreAllMocks())

const labels = Array.from({ length: 1_000 }, (_, i) => ({ workflow_type: `workflow-${i}` }))

describe('inTurns', () => {
  it('Should let the event loop run when a turn is used up, and not before', async () => {
    function* work(): Generator<void, number> {
      for (let i = 0; i < 9; i++) yield
      return 7
    }
    passTime(0.1)
    let stop = everyTurn(() => undefined)
    expect([await inTurns(work()), stop()]).toEqual([7, 0])
    passTime(2)
    stop = everyTurn(() => undefined)
    expect(await inTurns(work())).toBe(7)
    expect(stop()).toBeGreaterThanOrEqual(9)
  })
})

describe('a collection', () => {
  async function collectWhile(act: (registry: ReturnType<typeof setup>) => void) {
    const own = setup()
    const stop = everyTurn(() => act(own))
    const { resourceMetrics } = await createProducer(own.registry).collect()
    const turns = stop()
    const points = (name: string) =>
      resourceMetrics.scopeMetrics[0]!.metrics.find(({ descriptor }) => descriptor.name === name)!
        .dataPoints
    return { turns, points }
  }

  function setup() {
    const registry = createRegistry({ native: nativeDefaults })
    const started = registry.instrument(families.workflowStarted)
    const duration = registry.instrument(families.workflowDuration)
    const failed = registry.instrument(families.workflowFailed)
    return {
      registry,
      started: labels.map(started),
      duration: labels.map(duration),
      failed: labels.map(failed),
    }
  }

  it('Should keep buckets, sum and count of each histogram of one moment, however many turns', async () => {
    passTime(2)
    const { turns, points } = await collectWhile(({ duration }) =>
      duration.forEach((slot) => slot.observe(1)),
    )
    // At most 128 series in a turn: each of three families is copied, then described.
    expect(turns).toBeGreaterThanOrEqual(3 * 2 * 8)
    expect(turns).toBeLessThan(60)
    const seen = points(families.workflowDuration.name) as (DataPoint<Histogram> & PointExtras)[]
    for (const { value, native } of seen) {
      const inBuckets = value.buckets.counts.reduce((sum, count) => sum + count, 0)
      const inNative = native!.positive.counts.reduce((sum, count) => sum + count, 0)
      expect([inBuckets, value.sum, inNative]).toEqual([value.count, value.count, value.count])
    }
    const counts = new Set(seen.map(({ value }) => value.count))
    // The turns were real: later series have seen more.
    expect(counts.size).toBeGreaterThan(1)
  })

  it('Should describe each family by its kind, with its unit, its values and their exemplars', async () => {
    const registry = createRegistry()
    const counter = registry.instrument(families.workflowStarted)({ workflow_type: 'a' })
    counter.add(2)
    counter.exemplar = { labels: { exec_id: 'run-1' }, value: 1, at: 5 }
    registry.instrument(families.workflowFailed)({ workflow_type: 'a' })
    registry.instrument(families.httpInFlight)({}).value = 3
    registry.instrument(families.workflowDuration)({ workflow_type: 'a' }).observe(1)
    registry.observe(families.uptime, () => {
      throw new Error('gone')
    })
    const { resourceMetrics, errors } = await createProducer(registry).collect()
    const [scope] = resourceMetrics.scopeMetrics
    expect(scope!.scope.name).toBe('compozy')
    const described = scope!.metrics.map((metric) => [
      metric.descriptor.name,
      metric.descriptor.unit,
      DataPointType[metric.dataPointType],
      'isMonotonic' in metric && metric.isMonotonic,
    ])
    expect(described).toEqual([
      [families.workflowStarted.name, '', 'SUM', true],
      [families.workflowFailed.name, '', 'SUM', true],
      [families.httpInFlight.name, '', 'GAUGE', false],
      [families.workflowDuration.name, 'seconds', 'HISTOGRAM', false],
    ])
    const [started, failed, inFlight] = scope!.metrics.map(({ dataPoints }) => dataPoints[0]!)
    expect(started).toMatchObject({ value: 2, exemplars: [counter.exemplar] })
    expect(failed).toMatchObject({ value: 0, exemplars: undefined })
    expect(inFlight).toMatchObject({ value: 3, attributes: {} })
    expect(errors).toEqual([{ collector: families.uptime.name, error: new Error('gone') }])
  })

  it('Should be of one moment as a whole where it takes one turn', async () => {
    passTime(0)
    const { turns, points } = await collectWhile(({ started, failed }) => {
      for (const slot of [...started, ...failed]) slot.add()
    })
    expect(turns).toBe(0)
    const values = [families.workflowStarted, families.workflowFailed].flatMap(({ name }) =>
      points(name).map(({ value }) => value),
    )
    expect(new Set(values)).toEqual(new Set([0]))
  })
})
