import { Runtime, type MetricsExporterConfig } from '@temporalio/worker'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { silentLogger } from '../../core/logger.ts'
import { pollMetrics } from '../../infra/monitoring/public/index.ts'
import { installTemporalRuntime } from '../runtime.ts'
import { PushReceiver } from './push-receiver.ts'
import { pushOverdueMs, SdkMetrics, type SdkMetricsOptions } from './sdk-metrics.ts'

const [a = '', b = '', c = ''] = pollMetrics
const orders = { namespace: 'shop', taskQueue: 'orders' }
const parcels = { namespace: 'shop', taskQueue: 'parcels' }
const labelsOf = ({ namespace, taskQueue }: typeof orders) => ({ namespace, task_queue: taskQueue })

/** Records as the native core does. */
function record(name: string, labels: Record<string, string>): void {
  Runtime.instance().metricMeter.createCounter(name).add(1, labels)
}

const polls: SdkMetricsOptions = { everyUpdate: false }
const all: SdkMetricsOptions = { everyUpdate: true }

/** Metrics that remember the names of what was told, of a core that pushes often. */
class HeardMetrics extends SdkMetrics {
  readonly #names: string[] = []

  override async exporters(): Promise<readonly MetricsExporterConfig[]> {
    return (await super.exporters()).map((exporter) =>
      'otel' in exporter
        ? { ...exporter, otel: { ...exporter.otel, metricsExportInterval: '50ms' } }
        : exporter,
    )
  }

  /** Returns all names heard so far. */
  heard(): readonly string[] {
    for (const { metric } of this.retrieveUpdates()) this.#names.push(metric.name)
    return this.#names
  }
}

async function engine(queue: typeof orders, wants: SdkMetricsOptions): Promise<HeardMetrics> {
  const metrics = new HeardMetrics(queue, wants)
  await installTemporalRuntime(silentLogger, metrics)
  return metrics
}

/** Installs a runtime that tells nobody its metrics. */
const installForeign = (): Runtime =>
  Runtime.install({ telemetryOptions: { logging: { forward: {}, filter: 'off' } } })

/** Waits for what the core pushes. */
const eventually = (assert: () => void): Promise<void> => vi.waitFor(assert, { timeout: 18_000 })

afterEach(() => Runtime.instance().shutdown())

// First: no other core of this process may have pushed.
describe('SdkMetrics of a core that cannot push', () => {
  class LostMetrics extends HeardMetrics {
    override async exporters(): Promise<readonly MetricsExporterConfig[]> {
      const [pushes] = await super.exporters()
      if (pushes === undefined || !('otel' in pushes)) throw new Error('no pushes')
      return [{ otel: { ...pushes.otel, headers: { 'x-other': '1' } } }]
    }
  }

  it('Should be unknown once the first push is overdue, and warn of that alone', async () => {
    const logger = { ...silentLogger, debug: vi.fn(), warn: vi.fn() }
    let now = 0
    const metrics = new LostMetrics(orders, { ...polls, now: () => now })
    await installTemporalRuntime(logger, metrics)
    now = pushOverdueMs
    expect(metrics.heard()).toEqual([])
    expect(metrics.isKnown()).toBe(true)
    expect(logger.warn).not.toHaveBeenCalled()
    now += 1
    record(a, labelsOf(orders))
    const failed = expect.stringContaining('OTLP metric export failed')
    await eventually(() => expect(logger.debug).toHaveBeenCalledWith(expect.anything(), failed))
    expect([metrics.heard(), metrics.heard()]).toEqual([[], []])
    expect(metrics.isKnown()).toBe(false)
    const warning = expect.stringContaining('ages are unknown')
    expect(logger.warn).toHaveBeenCalledExactlyOnceWith({ seconds: 30 }, warning)
  })
})

describe.each([
  ['its polls', polls],
  ['every update', all],
])('SdkMetrics of an engine that wants %s', (_, wants) => {
  it('Should give each of two engines of a process its own updates, in any order of reads', async () => {
    const first = await engine(orders, wants)
    const second = await engine(parcels, wants)
    record(a, labelsOf(orders))
    record(b, labelsOf(parcels))
    await eventually(() => expect(second.heard()).toEqual([b]))
    await eventually(() => expect(first.heard()).toEqual([a]))
    expect(second.heard()).toEqual([b])
    expect(first.isKnown() && second.isKnown()).toBe(true)
  })

  it('Should give what concerns no task queue to every engine of the namespace', async () => {
    const first = await engine(orders, wants)
    const other = await engine({ namespace: 'bank', taskQueue: 'orders' }, wants)
    record(a, {})
    record(b, { namespace: 'shop' })
    record(c, { namespace: 'bank', task_queue: 'orders' })
    await eventually(() => expect(new Set(first.heard())).toEqual(new Set([a, b])))
    await eventually(() => expect(new Set(other.heard())).toEqual(new Set([a, c])))
  })

  it('Should keep feeding the second engine when the first has left', async () => {
    const first = await engine(orders, wants)
    const second = await engine(parcels, wants)
    first.leave()
    record(a, labelsOf(orders))
    record(b, labelsOf(parcels))
    await eventually(() => expect(second.heard()).toEqual([b]))
    expect(first.heard()).toEqual([])
  })

  it('Should read the runtime that another engine installs after the first has shut down', async () => {
    const first = await engine(orders, wants)
    const second = await engine(parcels, wants)
    record(a, labelsOf(orders))
    await eventually(() => expect(first.heard()).toEqual([a]))
    await Runtime.instance().shutdown()
    await installTemporalRuntime(silentLogger, second)
    await installTemporalRuntime(silentLogger, first)
    record(b, labelsOf(orders))
    await eventually(() => expect(first.heard()).toEqual([a, b]))
    expect(second.heard()).toEqual([])
  })

  it('Should read a runtime that the SDK made anew with the options of the last', async () => {
    const metrics = await engine(orders, wants)
    await Runtime.instance().shutdown()
    const again = Runtime.instance()
    await installTemporalRuntime(silentLogger, metrics)
    expect(Runtime.instance()).toBe(again)
    record(a, labelsOf(orders))
    await eventually(() => expect(metrics.heard()).toEqual([a]))
    expect(metrics.isKnown()).toBe(true)
  })

  it('Should say that the metrics are unknown while other code owns the runtime', async () => {
    const logger = { ...silentLogger, warn: vi.fn() }
    const metrics = new HeardMetrics(orders, wants)
    installForeign()
    await installTemporalRuntime(logger, metrics)
    expect(metrics.isKnown()).toBe(false)
    expect(metrics.heard()).toEqual([])
    expect(logger.warn).toHaveBeenCalledOnce()
    await Runtime.instance().shutdown()
    await installTemporalRuntime(logger, metrics)
    record(a, labelsOf(orders))
    expect(metrics.isKnown()).toBe(true)
    await eventually(() => expect(metrics.heard()).toEqual([a]))
    expect(logger.warn).toHaveBeenCalledOnce()
  })
})

describe('SdkMetrics', () => {
  it('Should lose nothing of an export when the runtime shuts down', async () => {
    const metrics = await engine(orders, all)
    record(a, labelsOf(orders))
    await Runtime.instance().shutdown()
    expect(metrics.heard()).toEqual([a])
  })

  it('Should say that only polls are known where another engine wanted no more', async () => {
    const logger = { ...silentLogger, warn: vi.fn() }
    const first = await engine(orders, polls)
    const second = new HeardMetrics(parcels, all)
    await installTemporalRuntime(logger, second)
    const message = expect.stringContaining('SDK metrics are unknown')
    expect(logger.warn).toHaveBeenCalledExactlyOnceWith({}, message)
    record(a, labelsOf(parcels))
    await eventually(() => expect(second.heard()).toEqual([a]))
    expect(first.heard()).toEqual([])
  })

  it('Should give polls to an engine whose runtime another one installed for export', async () => {
    const logger = { ...silentLogger, warn: vi.fn() }
    await engine(orders, all)
    const second = new HeardMetrics(parcels, polls)
    await installTemporalRuntime(logger, second)
    record(a, labelsOf(parcels))
    expect(second.heard()).toEqual([a])
    expect(logger.warn).not.toHaveBeenCalled()
  })

  it('Should tell nothing but polls to an engine that wants no more', async () => {
    const metrics = await engine(orders, polls)
    record('temporal_request', labelsOf(orders))
    record(a, labelsOf(orders))
    await eventually(() => expect(metrics.heard()).toEqual([a]))
  })

  it('Should answer each push', async () => {
    const logger = { ...silentLogger, debug: vi.fn() }
    const metrics = new HeardMetrics(orders, polls)
    await installTemporalRuntime(logger, metrics)
    const receiver = await PushReceiver.open()
    const heard = vi.fn()
    receiver.listeners.add(heard)
    onTestFinished(() => void receiver.listeners.delete(heard))
    record(a, labelsOf(orders))
    await eventually(() => expect(heard.mock.calls.length).toBeGreaterThan(3))
    expect(logger.debug).not.toHaveBeenCalled()
  })

  it('Should forget no free slot while a push is lost, nor tell a poll twice', async () => {
    const metrics = await engine(orders, polls)
    const labels = { ...labelsOf(orders), worker_type: 'WorkflowWorker' }
    const gauge = 'temporal_worker_task_slots_available'
    record(a, labelsOf(orders))
    Runtime.instance().metricMeter.createGauge(gauge).set(0, labels)
    const told = (name: string): number => metrics.heard().filter((one) => one === name).length
    await eventually(() => expect(told(gauge)).toBeGreaterThan(3))
    expect(told(a)).toBe(1)
  })

  const headers = 'authorization=Basic abc,x-scope-orgid=7'

  it.each([
    ['OTEL_EXPORTER_OTLP_HEADERS', headers],
    ['OTEL_EXPORTER_OTLP_METRICS_HEADERS', headers],
    // The core then gives up on each push at once.
    ['OTEL_EXPORTER_OTLP_TIMEOUT', '1'],
  ])('Should hear its core where %s is meant for other collectors', async (name, value) => {
    vi.stubEnv(name, value)
    onTestFinished(() => void vi.unstubAllEnvs())
    const metrics = await engine(orders, polls)
    record(a, labelsOf(orders))
    // The core of the test before may push its gauge once more.
    await eventually(() => expect(metrics.heard()).toContain(a))
  })

  it('Should read updates where the environment keeps the core from pushing', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_COMPRESSION', 'gzip')
    onTestFinished(() => void vi.unstubAllEnvs())
    const metrics = await engine(orders, polls)
    record(a, labelsOf(orders))
    expect(metrics.heard()).toEqual([a])
  })

  it('Should stay known after the first push, and warn when pushes cease', async () => {
    const logger = { ...silentLogger, warn: vi.fn() }
    let now = 0
    const metrics = new HeardMetrics(orders, { ...polls, now: () => now })
    await installTemporalRuntime(logger, metrics)
    record(a, labelsOf(orders))
    await eventually(() => expect(metrics.heard()).toEqual([a]))
    expect(metrics.isSilent()).toBe(false)
    await Runtime.instance().shutdown()
    expect(metrics.isSilent()).toBe(false)
    now = 2 * pushOverdueMs
    expect(metrics.isSilent()).toBe(true)
    metrics.heard()
    metrics.heard()
    expect(metrics.isKnown()).toBe(true)
    const warning = expect.stringContaining('no longer')
    expect(logger.warn).toHaveBeenCalledExactlyOnceWith({ seconds: 30 }, warning)
  })
})
