import { EventEmitter } from 'node:events'
import type { WorkflowInfo } from '@temporalio/workflow'
import { describe, expect, it } from 'vitest'
import { silentLogger } from '../../../core/logger.ts'
import { selfFamilies } from '../families/self.ts'
import type { TemporalFamilies } from '../families/temporal.ts'
import { createRegistry } from '../instruments/registry.ts'
import { createGuard } from './guard.ts'
import { createObservationRecorder } from './observation-sinks.ts'
import { createSdkRecorder } from './sdk-metrics.ts'
import { createClosedRuns, createWorkflowRecorder } from './temporal-sinks.ts'

const fail = (): never => {
  throw new Error('a defect of monitoring')
}

/** Everything that a worker calls, with families that fail. */
function createBroken() {
  const registry = createRegistry()
  const guard = createGuard({ logger: silentLogger, onError: selfFamilies(registry).recordFailure })
  const families: TemporalFamilies = { addKnown: fail, workflow: fail, setWorkers: fail }
  const closedRuns = createClosedRuns()
  const recorder = createWorkflowRecorder(
    families,
    createObservationRecorder(fail, guard, closedRuns, { reachableSince: () => undefined }),
    guard,
    closedRuns,
  )
  const evictionsEmitter = new EventEmitter()
  recorder.observeEvictions({ evictionsEmitter })
  const counted = (): string[] =>
    registry
      .collect()
      .collected.filter(({ family }) => family.name === 'compozy_metrics_errors_total')
      .flatMap(({ series }) => series.map(({ labels, slot }) => ({ labels, slot })))
      .filter(({ slot }) => 'value' in slot && slot.value > 0)
      .map(({ labels }) => labels['place']!)
  return { registry, guard, recorder, evictionsEmitter, counted }
}

const info = { runId: 'a', workflowType: 'order' } as WorkflowInfo

describe('a defect of monitoring', () => {
  it.each<[string, (broken: ReturnType<typeof createBroken>) => unknown, string]>([
    ['a start', ({ recorder }) => recorder.sinks.compozyMetrics.started.fn(info), 'workflow_start'],
    [
      'a failed task',
      ({ recorder }) => recorder.sinks.compozyMetrics.taskFailed.fn(info),
      'workflow_task',
    ],
    [
      'an eviction that commits a close',
      ({ recorder, evictionsEmitter }) => {
        void recorder.sinks.compozyMetrics.closing.fn(info, 'completed', 0, 1)
        evictionsEmitter.emit('eviction', { runId: 'a', evictJob: { reason: 10 } })
      },
      'workflow_eviction',
    ],
    [
      'a close where evictions are hidden',
      ({ recorder }) => {
        recorder.observeEvictions({})
        void recorder.sinks.compozyMetrics.closing.fn(info, 'completed', 0, 1)
      },
      'workflow_close',
    ],
    [
      'an observation',
      ({ recorder }) => {
        const { observed, continued } = recorder.sinks.compozyObservations
        void observed.fn(info, 0, [{ type: 'custom_metric_failed', name: 'x' }])
        return continued.fn(info)
      },
      'workflow_observation',
    ],
    [
      "a batch of the SDK's",
      ({ registry, guard }) => {
        const heard = { onPoll: fail, onSlots: fail }
        const core = createSdkRecorder({ registry, guard, exported: true, ...heard })
        core.start({ retrieveUpdates: fail })
        core.stop()
      },
      'temporal_sdk',
    ],
  ])('Should stay in monitoring and be counted: %s', async (_, act, place) => {
    const broken = createBroken()
    expect(() => act(broken)).not.toThrow()
    // A failed task counts after the turn in which it is told.
    await Promise.resolve()
    expect(broken.counted()).toContain(place)
  })

  it('Should be counted nowhere where there is none', () => {
    expect(createBroken().counted()).toEqual([])
  })
})
