import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { silentLogger } from '../../../core/logger.ts'
import { runStatuses } from '../catalogue/temporal.ts'
import { mapOf } from '../families/temporal.ts'
import { createRegistry } from '../instruments/registry.ts'
import { createGuard } from './guard.ts'
import { createReconciler, type ServerTruth, type StatusCounts } from './reconciler.ts'

const counts = (running: number, terminated = 0): StatusCounts => ({
  ...mapOf(runStatuses, () => 0),
  running,
  terminated,
})

/** A server that answers, unless it is told not to. */
function createServer() {
  const seen = { asked: [] as string[], down: false }
  const answer = <T>(question: string, value: T): Promise<T> => {
    seen.asked.push(question)
    return seen.down ? Promise.reject(new Error('no server')) : Promise.resolve(value)
  }
  const all: Record<string, StatusCounts> = { order: counts(2), refund: counts(0, 1) }
  const truth: ServerTruth = {
    executions: (type) =>
      answer(`executions ${type ?? 'all'}`, type === undefined ? counts(5, 1) : all[type]!),
    stuck: (type) =>
      answer(`stuck ${type ?? 'all'}`, type === undefined || type === 'order' ? 1 : 0),
    backlog: (kind) =>
      answer(`backlog ${kind}`, { tasks: kind === 'workflow' ? 7 : 0, ageSeconds: 1.5 }),
  }
  return { truth, seen }
}

function setup() {
  const registry = createRegistry()
  const server = createServer()
  const logged: unknown[] = []
  const reconciler = createReconciler({
    registry,
    workflowTypes: ['order', 'refund'],
    intervalMs: 15_000,
    guard: createGuard({
      logger: { ...silentLogger, error: (fields: unknown) => void logged.push(fields) },
    }),
    random: () => 0.5,
  })
  const samples = (): Record<string, number> =>
    Object.fromEntries(
      registry
        .collect()
        .collected.flatMap(({ family, series }) =>
          series.map(({ labels, slot }) => [
            [family.name.replace('compozy_temporal_', ''), ...Object.values(labels)].join(' '),
            'value' in slot ? slot.value : NaN,
          ]),
        ),
    )
  return { reconciler, samples, logged, ...server }
}

describe('createReconciler', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('Should give what the server knows, and what belongs to no workflow of the project as other', async () => {
    const { reconciler, samples, truth } = setup()
    reconciler.start(truth)
    await vi.advanceTimersByTimeAsync(0)
    expect(samples()).toMatchObject({
      'workflow_executions order running': 2,
      'workflow_executions refund terminated': 1,
      'workflow_executions other running': 3,
      'workflow_executions other terminated': 0,
      'workflow_stuck order': 1,
      'workflow_stuck refund': 0,
      'workflow_stuck other': 0,
      'task_queue_backlog workflow': 7,
      'task_queue_backlog activity': 0,
      'task_queue_backlog_age_seconds workflow': 1.5,
      'reconcile_errors_total executions': 0,
    })
    await reconciler.stop()
  })

  it('Should let what it can not ask be absent and count it, and have it back with the server', async () => {
    const { reconciler, samples, truth, seen, logged } = setup()
    reconciler.start(truth)
    await vi.advanceTimersByTimeAsync(0)
    seen.down = true
    await vi.advanceTimersByTimeAsync(15_000)
    expect(samples()).toEqual({
      'reconcile_errors_total executions': 1,
      'reconcile_errors_total stuck': 1,
      'reconcile_errors_total backlog': 1,
    })
    expect(logged).toHaveLength(1)
    seen.down = false
    await vi.advanceTimersByTimeAsync(15_000)
    expect(samples()).toMatchObject({
      'workflow_executions order running': 2,
      'task_queue_backlog workflow': 7,
    })
    await reconciler.stop()
  })

  it('Should ask once an interval and never more often, and not at all when stopped', async () => {
    const { reconciler, truth, seen } = setup()
    reconciler.start(truth)
    await vi.advanceTimersByTimeAsync(14_999)
    const once = seen.asked.length
    expect(seen.asked.toSorted()).toEqual([
      'backlog activity',
      'backlog workflow',
      'executions all',
      'executions order',
      'executions refund',
      'stuck all',
      'stuck all',
      'stuck order',
      'stuck refund',
    ])
    await vi.advanceTimersByTimeAsync(1)
    expect(seen.asked).toHaveLength(2 * once)
    await reconciler.stop()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(seen.asked).toHaveLength(2 * once)
  })
})
