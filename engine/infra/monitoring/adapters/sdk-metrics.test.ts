import { describe, expect, it, vi } from 'vitest'
import { silentLogger } from '../../../core/logger.ts'
import { createRegistry } from '../instruments/registry.ts'
import { createGuard } from './guard.ts'
import { createSdkRecorder, type SdkUpdate } from './sdk-metrics.ts'

const base = { namespace: 'default', task_queue: 'q', service_name: 'temporal-core-sdk' }
const update = (name: string, value: number, extra: Record<string, string> = {}): SdkUpdate => ({
  metric: { name },
  value,
  attributes: { ...base, ...extra },
})

function setup() {
  const registry = createRegistry({ seriesLimit: 10 })
  const core = createSdkRecorder(registry, createGuard({ logger: silentLogger }))
  const buffer = { events: [] as SdkUpdate[], breaks: false }
  const source = {
    retrieveUpdates: () => {
      if (buffer.breaks) throw new Error('You must initialize the reference before using it')
      return buffer.events.splice(0)
    },
  }
  const samples = () =>
    Object.fromEntries(
      registry
        .collect()
        .collected.flatMap(({ family, series }) =>
          series.map(({ labels, slot }) => [
            [family.name, ...Object.values(labels)].join(' '),
            'value' in slot ? slot.value : slot.sum,
          ]),
        ),
    )
  return { core, buffer, source, samples }
}

describe('createSdkRecorder', () => {
  it("Should add up the SDK's events under conventional names, without its service name", () => {
    const { core, buffer, source, samples } = setup()
    core.start(source)
    buffer.events.push(
      update('temporal_worker_start', 1),
      update('temporal_worker_start', 1),
      update('temporal_num_pollers', 5, { poller_type: 'workflow_task' }),
      update('temporal_num_pollers', 4, { poller_type: 'workflow_task' }),
      update('temporal_workflow_task_schedule_to_start_latency', 0.25),
      update('temporal_workflow_endtoend_latency', 9),
    )
    core.drain()
    expect(samples()).toEqual({
      compozy_metrics_temporal_sdk_lost_batches_total: 0,
      'temporal_worker_start_total default q': 2,
      'temporal_num_pollers default q workflow_task': 4,
      'temporal_workflow_task_schedule_to_start_latency_seconds default q': 0.25,
    })
    core.stop()
  })

  it('Should fetch by itself, for the buffer must not fill between two scrapes, until it is stopped', () => {
    vi.useFakeTimers()
    try {
      const { core, buffer, source, samples } = setup()
      core.start(source)
      buffer.events.push(update('temporal_worker_start', 1))
      vi.advanceTimersByTime(250)
      expect(buffer.events).toEqual([])
      buffer.events.push(update('temporal_worker_start', 1))
      core.stop()
      expect(samples()['temporal_worker_start_total default q']).toBe(2)
      buffer.events.push(update('temporal_worker_start', 1))
      vi.advanceTimersByTime(10_000)
      expect(buffer.events).toHaveLength(1)
    } finally {
      vi.useRealTimers()
    }
  })

  it('Should count a batch that is lost, and go on with the next', () => {
    const { core, buffer, source, samples } = setup()
    core.start(source)
    buffer.breaks = true
    core.drain()
    buffer.breaks = false
    buffer.events.push(update('temporal_worker_start', 1))
    core.drain()
    expect(samples()).toEqual({
      compozy_metrics_temporal_sdk_lost_batches_total: 1,
      'temporal_worker_start_total default q': 1,
    })
    core.stop()
  })

  it('Should bound what the SDK names, with the sum right', () => {
    const { core, buffer, source, samples } = setup()
    core.start(source)
    for (let i = 0; i < 1_000; i++) {
      buffer.events.push(update('temporal_request', 1, { operation: `op${i}` }))
    }
    core.drain()
    const values = Object.entries(samples()).filter(([name]) =>
      name.startsWith('temporal_request_total'),
    )
    expect(values.length).toBeLessThanOrEqual(11)
    expect(values.reduce((sum, [, value]) => sum + value, 0)).toBe(1_000)
    core.stop()
  })
})
