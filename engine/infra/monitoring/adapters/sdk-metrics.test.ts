import { describe, expect, it, vi } from 'vitest'
import { silentLogger } from '../../../core/logger.ts'
import { createRegistry } from '../instruments/registry.ts'
import { createGuard } from './guard.ts'
import { createSdkRecorder, type SdkUpdate } from './sdk-metrics.ts'

const base = { namespace: 'default', task_queue: 'q', service_name: 'temporal-core-sdk' }
/** Creates events as the SDK does: one attributes object per worker and label set. */
function createWorkerEvents() {
  const known = new Map<string, SdkUpdate['attributes']>()
  return (name: string, value: number, extra: Record<string, string> = {}): SdkUpdate => {
    const attributes = known.get(JSON.stringify(extra)) ?? { ...base, ...extra }
    known.set(JSON.stringify(extra), attributes)
    return { metric: { name }, value, attributes }
  }
}
const update = createWorkerEvents()

function setup({ exported = true } = {}) {
  const registry = createRegistry({ seriesLimit: 10 })
  const polls: string[] = []
  const slots: string[] = []
  const core = createSdkRecorder({
    registry,
    guard: createGuard({ logger: silentLogger }),
    exported,
    onPoll: (type) => void polls.push(type),
    onSlots: (type, full) => void slots.push(`${type} ${full ? 'full' : 'free'}`),
  })
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
  return { core, buffer, source, samples, polls, slots }
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

  it('Should know an event whose own name has a suffix in its middle', () => {
    const { core, buffer, source, samples } = setup()
    core.start(source)
    buffer.events.push(update('temporal_sticky_cache_total_forced_eviction', 3))
    core.drain()
    expect(samples()).toMatchObject({
      'temporal_sticky_cache_total_forced_eviction_total default q': 3,
    })
  })

  it('Should sum a gauge over the workers of a process, and forget those that were replaced', () => {
    const { core, buffer, source, samples } = setup()
    const [first, second] = [createWorkerEvents(), createWorkerEvents()]
    const pollers = 'temporal_num_pollers default q workflow_task'
    core.start(source)
    buffer.events.push(
      first('temporal_num_pollers', 2, { poller_type: 'workflow_task' }),
      second('temporal_num_pollers', 3, { poller_type: 'workflow_task' }),
      first('temporal_num_pollers', 0, { poller_type: 'workflow_task' }),
    )
    core.drain()
    expect(samples()[pollers]).toBe(3)
    core.workerCreated()
    expect(samples()[pollers]).toBe(0)
    buffer.events.push(second('temporal_num_pollers', 4, { poller_type: 'workflow_task' }))
    core.drain()
    expect(samples()[pollers]).toBe(4)
    core.stop()
  })

  it('Should report each poll that Temporal answered, also where nothing is exported', () => {
    const { core, buffer, source, samples, polls } = setup({ exported: false })
    core.start(source)
    buffer.events.push(
      update('temporal_workflow_task_queue_poll_empty', 1),
      update('temporal_activity_task_received', 1, { eager: 'true' }),
      update('temporal_activity_task_received', 1, { eager: 'false' }),
      update('temporal_long_request_failure', 1),
    )
    core.drain()
    expect(polls).toEqual(['workflow', 'activity'])
    expect(samples()).toEqual({})
    core.stop()
  })

  it('Should drain the buffer between scrapes until it is stopped', () => {
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

  it('Should read an empty buffer twice a second, and one that fills four times', () => {
    vi.useFakeTimers()
    try {
      const { core, buffer, source } = setup()
      const read = vi.spyOn(source, 'retrieveUpdates')
      core.start(source)
      vi.advanceTimersByTime(10_000)
      expect(read.mock.calls.length).toBeLessThanOrEqual(21)
      // The longest that an update waits.
      buffer.events.push(update('temporal_worker_start', 1))
      vi.advanceTimersByTime(500)
      expect(buffer.events).toEqual([])
      read.mockClear()
      for (let i = 0; i < 20; i++) {
        buffer.events.push(update('temporal_worker_start', 1))
        vi.advanceTimersByTime(250)
      }
      expect(read.mock.calls.length).toBeGreaterThanOrEqual(19)
      core.stop()
    } finally {
      vi.useRealTimers()
    }
  })

  it('Should read as often where batches are lost as where the buffer fills', () => {
    vi.useFakeTimers()
    try {
      const { core, buffer, source, samples } = setup()
      buffer.breaks = true
      core.start(source)
      vi.advanceTimersByTime(10_000)
      expect(samples()['compozy_metrics_temporal_sdk_lost_batches_total']).toBe(40)
      core.stop()
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

  it('Should say when the slots of all workers are taken, and forget those of earlier workers', () => {
    const { core, buffer, source, slots } = setup({ exported: false })
    const second = createWorkerEvents()
    const available = 'temporal_worker_task_slots_available'
    core.start(source)
    const tell = (worker: typeof update, free: number, type = 'ActivityWorker'): string[] => {
      buffer.events.push(worker(available, free, { worker_type: type }))
      core.drain()
      return slots.splice(0)
    }
    expect(tell(update, 1)).toEqual(['activity free'])
    expect(tell(update, 0)).toEqual(['activity full'])
    expect(tell(second, 2)).toEqual(['activity free'])
    expect(tell(second, 0)).toEqual(['activity full'])
    expect(tell(second, 0, 'WorkflowWorker')).toEqual(['workflow full'])
    expect(tell(second, 0, 'LocalActivityWorker')).toEqual([])
    core.workerCreated()
    expect(slots.splice(0)).toEqual(['workflow free', 'activity free'])
    expect(tell(second, 1)).toEqual(['activity free'])
    core.stop()
  })

  it('Should not believe that slots are taken once a source is silent', () => {
    const { core, buffer, source, slots } = setup({ exported: false })
    let silent = false
    core.start({ ...source, retrieveUpdates: source.retrieveUpdates, isSilent: () => silent })
    const labels = { worker_type: 'ActivityWorker' }
    buffer.events.push(update('temporal_worker_task_slots_available', 0, labels))
    core.drain()
    core.drain()
    expect(slots.splice(0)).toEqual(['activity full'])
    silent = true
    core.drain()
    expect(slots.splice(0)).toEqual(['workflow free', 'activity free'])
    core.stop()
  })

  it('Should read free slots from their gauge alone, not from other metrics of a worker', () => {
    const { core, buffer, source, slots } = setup({ exported: false })
    const labels = { worker_type: 'ActivityWorker' }
    core.start(source)
    buffer.events.push(update('temporal_worker_task_slots_used', 0, labels))
    core.drain()
    expect(slots).toEqual([])
    buffer.events.push(update('temporal_worker_task_slots_available', 0, labels))
    core.drain()
    expect(slots).toEqual(['activity full'])
    core.stop()
  })

  it('Should see polls once it reads a buffer, unless nothing fills the buffer', () => {
    const [filled, unfilled] = [setup(), setup()]
    expect(filled.core.seesPolls()).toBe(false)
    filled.core.start(filled.source)
    expect(filled.core.seesPolls()).toBe(true)
    unfilled.core.start({ ...unfilled.source, isKnown: () => false })
    expect(unfilled.core.seesPolls()).toBe(false)
    filled.core.stop()
    unfilled.core.stop()
  })
})
