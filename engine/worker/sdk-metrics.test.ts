import { Runtime } from '@temporalio/worker'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { silentLogger } from '../core/logger.ts'
import { installTemporalRuntime } from './runtime.ts'
import { SdkMetrics } from './sdk-metrics.ts'

const orders = { namespace: 'shop', taskQueue: 'orders' }
const parcels = { namespace: 'shop', taskQueue: 'parcels' }
const labelsOf = ({ namespace, taskQueue }: typeof orders) => ({ namespace, task_queue: taskQueue })

/** Records as the native core does. */
function record(name: string, labels: Record<string, string>): void {
  Runtime.instance().metricMeter.createCounter(name).add(1, labels)
}

const namesOf = (metrics: SdkMetrics): string[] =>
  [...metrics.retrieveUpdates()].map(({ metric }) => metric.name)

function engine(queue: typeof orders): SdkMetrics {
  const metrics = new SdkMetrics(queue)
  installTemporalRuntime(silentLogger, metrics)
  return metrics
}

describe('SdkMetrics', () => {
  afterEach(() => Runtime.instance().shutdown())

  it('Should give each of two engines of a process its own updates, in any order of reads', () => {
    const [first, second] = [engine(orders), engine(parcels)]
    record('a', labelsOf(orders))
    record('b', labelsOf(parcels))
    expect(namesOf(second)).toEqual(['b'])
    expect(namesOf(first)).toEqual(['a'])
    expect([...namesOf(first), ...namesOf(second)]).toEqual([])
    expect(first.isKnown() && second.isKnown()).toBe(true)
  })

  it('Should give what concerns no task queue to every engine of the namespace', () => {
    const [first, other] = [engine(orders), engine({ namespace: 'bank', taskQueue: 'orders' })]
    record('call', {})
    record('request', { namespace: 'shop' })
    record('poll', { namespace: 'bank', task_queue: 'orders' })
    expect(namesOf(first)).toEqual(['call', 'request'])
    expect(namesOf(other)).toEqual(['call', 'poll'])
  })

  it('Should keep feeding the second engine when the first has left', () => {
    const [first, second] = [engine(orders), engine(parcels)]
    first.leave()
    record('a', labelsOf(orders))
    record('b', labelsOf(parcels))
    expect(namesOf(second)).toEqual(['b'])
    expect(namesOf(first)).toEqual([])
  })

  it('Should lose nothing when the runtime shuts down and another engine installs the next', async () => {
    const [first, second] = [engine(orders), engine(parcels)]
    record('last', labelsOf(orders))
    await Runtime.instance().shutdown()
    installTemporalRuntime(silentLogger, second)
    installTemporalRuntime(silentLogger, first)
    record('next', labelsOf(orders))
    expect(namesOf(first)).toEqual(['last', 'next'])
    expect(namesOf(second)).toEqual([])
  })

  it('Should say that the metrics are unknown while other code owns the runtime', async () => {
    const logger = { ...silentLogger, warn: vi.fn() }
    const metrics = new SdkMetrics(orders)
    Runtime.install({ telemetryOptions: { logging: { forward: {}, filter: 'off' } } })
    installTemporalRuntime(logger, metrics)
    expect(metrics.isKnown()).toBe(false)
    expect(namesOf(metrics)).toEqual([])
    expect(logger.warn).toHaveBeenCalledOnce()
    await Runtime.instance().shutdown()
    installTemporalRuntime(logger, metrics)
    record('a', labelsOf(orders))
    expect(metrics.isKnown()).toBe(true)
    expect(namesOf(metrics)).toEqual(['a'])
    expect(logger.warn).toHaveBeenCalledOnce()
  })
})
