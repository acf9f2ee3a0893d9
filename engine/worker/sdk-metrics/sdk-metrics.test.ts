import { Runtime } from '@temporalio/worker'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { silentLogger } from '../../core/logger.ts'
import { installTemporalRuntime } from '../runtime.ts'
import { SdkMetrics } from './sdk-metrics.ts'

const orders = { namespace: 'shop', taskQueue: 'orders' }
const parcels = { namespace: 'shop', taskQueue: 'parcels' }
const labelsOf = ({ namespace, taskQueue }: typeof orders) => ({ namespace, task_queue: taskQueue })

/** Records as the native core does. */
function record(name: string, labels: Record<string, string>): void {
  Runtime.instance().metricMeter.createCounter(name).add(1, labels)
}

type Wants = 'polls' | 'all'

/** Metrics that remember the names of what was told. */
class HeardMetrics extends SdkMetrics {
  readonly #names: string[] = []

  /** Returns all names heard so far. */
  heard(): readonly string[] {
    for (const { metric } of this.retrieveUpdates()) this.#names.push(metric.name)
    return this.#names
  }
}

async function engine(queue: typeof orders, wants: Wants): Promise<HeardMetrics> {
  const metrics = new HeardMetrics(queue, wants)
  await installTemporalRuntime(silentLogger, metrics)
  return metrics
}

/** Waits for what the core pushes once a second. */
const eventually = (assert: () => void): Promise<void> => vi.waitFor(assert, { timeout: 10_000 })

afterEach(() => Runtime.instance().shutdown())

describe.each<Wants>(['polls', 'all'])('SdkMetrics of an engine that wants %s', (wants) => {
  it('Should give each of two engines of a process its own updates, in any order of reads', async () => {
    const first = await engine(orders, wants)
    const second = await engine(parcels, wants)
    record('a', labelsOf(orders))
    record('b', labelsOf(parcels))
    await eventually(() => expect(second.heard()).toEqual(['b']))
    await eventually(() => expect(first.heard()).toEqual(['a']))
    expect(second.heard()).toEqual(['b'])
    expect(first.isKnown() && second.isKnown()).toBe(true)
  })

  it('Should give what concerns no task queue to every engine of the namespace', async () => {
    const first = await engine(orders, wants)
    const other = await engine({ namespace: 'bank', taskQueue: 'orders' }, wants)
    record('call', {})
    record('request', { namespace: 'shop' })
    record('poll', { namespace: 'bank', task_queue: 'orders' })
    await eventually(() => expect(new Set(first.heard())).toEqual(new Set(['call', 'request'])))
    await eventually(() => expect(new Set(other.heard())).toEqual(new Set(['call', 'poll'])))
  })

  it('Should keep feeding the second engine when the first has left', async () => {
    const first = await engine(orders, wants)
    const second = await engine(parcels, wants)
    first.leave()
    record('a', labelsOf(orders))
    record('b', labelsOf(parcels))
    await eventually(() => expect(second.heard()).toEqual(['b']))
    expect(first.heard()).toEqual([])
  })

  it('Should read the runtime that another engine installs after the first has shut down', async () => {
    const first = await engine(orders, wants)
    const second = await engine(parcels, wants)
    record('last', labelsOf(orders))
    await eventually(() => expect(first.heard()).toEqual(['last']))
    await Runtime.instance().shutdown()
    await installTemporalRuntime(silentLogger, second)
    await installTemporalRuntime(silentLogger, first)
    record('next', labelsOf(orders))
    await eventually(() => expect(first.heard()).toEqual(['last', 'next']))
    expect(second.heard()).toEqual([])
  })

  it('Should read a runtime that the SDK made anew with the options of the last', async () => {
    const metrics = await engine(orders, wants)
    await Runtime.instance().shutdown()
    const again = Runtime.instance()
    await installTemporalRuntime(silentLogger, metrics)
    expect(Runtime.instance()).toBe(again)
    record('a', labelsOf(orders))
    await eventually(() => expect(metrics.heard()).toEqual(['a']))
    expect(metrics.isKnown()).toBe(true)
  })

  it('Should say that the metrics are unknown while other code owns the runtime', async () => {
    const logger = { ...silentLogger, warn: vi.fn() }
    const metrics = new HeardMetrics(orders, wants)
    Runtime.install({ telemetryOptions: { logging: { forward: {}, filter: 'off' } } })
    await installTemporalRuntime(logger, metrics)
    expect(metrics.isKnown()).toBe(false)
    expect(metrics.heard()).toEqual([])
    expect(logger.warn).toHaveBeenCalledOnce()
    await Runtime.instance().shutdown()
    await installTemporalRuntime(logger, metrics)
    record('a', labelsOf(orders))
    expect(metrics.isKnown()).toBe(true)
    await eventually(() => expect(metrics.heard()).toEqual(['a']))
    expect(logger.warn).toHaveBeenCalledOnce()
  })
})

describe('SdkMetrics', () => {
  it('Should lose nothing of an export when the runtime shuts down', async () => {
    const metrics = await engine(orders, 'all')
    record('last', labelsOf(orders))
    await Runtime.instance().shutdown()
    expect(metrics.heard()).toEqual(['last'])
  })

  it('Should tell that latencies are unknown where another engine wanted only polls', async () => {
    const logger = { ...silentLogger, warn: vi.fn() }
    const polls = await engine(orders, 'polls')
    const all = new HeardMetrics(parcels, 'all')
    await installTemporalRuntime(logger, all)
    expect(logger.warn).toHaveBeenCalledExactlyOnceWith({}, expect.stringContaining('latencies'))
    record('a', labelsOf(parcels))
    await eventually(() => expect(all.heard()).toEqual(['a']))
    expect(polls.heard()).toEqual([])
  })

  it('Should give polls to an engine whose runtime another one installed for export', async () => {
    const logger = { ...silentLogger, warn: vi.fn() }
    await engine(orders, 'all')
    const polls = new HeardMetrics(parcels, 'polls')
    await installTemporalRuntime(logger, polls)
    record('a', labelsOf(parcels))
    expect(polls.heard()).toEqual(['a'])
    expect(logger.warn).not.toHaveBeenCalled()
  })

  it('Should not warn of a push that fails, after which the next one comes', async () => {
    const logger = { ...silentLogger, debug: vi.fn(), warn: vi.fn() }
    const closedPort = 'http://127.0.0.1:1'
    class LostMetrics extends SdkMetrics {
      override exporters = async () => [
        { otel: { url: closedPort, metricsExportInterval: '100ms' as const } },
      ]
    }
    await installTemporalRuntime(logger, new LostMetrics(orders, 'polls'))
    logger.warn.mockClear()
    record('a', labelsOf(orders))
    const failed = expect.stringContaining('OTLP metric export failed')
    await eventually(() => expect(logger.debug).toHaveBeenCalledWith(expect.anything(), failed))
    expect(logger.warn).not.toHaveBeenCalled()
  })

  it('Should read events where the environment keeps the core from pushing', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_COMPRESSION', 'gzip')
    try {
      const metrics = await engine(orders, 'polls')
      record('a', labelsOf(orders))
      expect(metrics.heard()).toEqual(['a'])
    } finally {
      vi.unstubAllEnvs()
    }
  })
})
