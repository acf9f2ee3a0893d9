import type { InjectedSinks } from '@temporalio/worker'
import type { WorkflowInfo } from '@temporalio/workflow'
import { otherLabel } from '../catalogue.ts'
import type { CloseOutcome, TaskFailureReason, TemporalFamilies } from '../families/temporal.ts'
import type { MetricSinks } from '../sandbox.ts'
import type { ObservationSinks } from '../observations.ts'
import type { Guard } from './guard.ts'
import { idleObservationSinks, type ObservationRecorder } from './observation-sinks.ts'

/** How many runs are remembered so that a retried first workflow task does not count a start twice. */
const rememberedRuns = 50_000

/** Reasons of an eviction that follow an accepted close: the run has ended, or the cache had no room for it. */
const runEnded = 10
const cacheFull = 1
const shuttingDown = 'Shutting down'

/** Reasons of an eviction that follow a workflow task which failed in this worker. */
const taskFailures: Readonly<Record<number, TaskFailureReason>> = {
  3: 'nondeterminism',
  4: 'workflow_error',
  8: 'other',
  9: 'other',
}

interface Eviction {
  readonly runId: string
  readonly evictJob: { readonly reason?: number | null; readonly message?: string | null }
}

interface Emitter {
  on(event: 'eviction', listener: (eviction: Eviction) => void): unknown
}

interface PendingClose {
  readonly type: string
  readonly kind: CloseOutcome
  readonly seconds: number
}

/** The main side of workflow counting. */
export interface WorkflowRecorder {
  /** For the worker's `sinks` option. */
  readonly sinks: InjectedSinks<MetricSinks & ObservationSinks>
  /** Listens to a worker's evictions, which commit what is pending. Call it for every worker that is created. */
  watch(worker: object): void
}

/** Ids seen lately; the oldest is forgotten when there are too many. */
function createRecent(limit: number): { add(id: string): boolean } {
  const ids = new Set<string>()
  return {
    add(id) {
      if (ids.has(id)) return false
      ids.add(id)
      if (ids.size > limit) ids.delete(ids.values().next().value!)
      return true
    },
  }
}

/** The worker's own emitter of evictions. It is protected, so its absence is a case and not a defect. */
function evictionsOf(worker: object): Emitter | undefined {
  const emitter = (worker as { evictionsEmitter?: Partial<Emitter> }).evictionsEmitter
  return typeof emitter?.on === 'function' ? (emitter as Emitter) : undefined
}

/**
 * Counts starts and closes once. A sink call says nothing about the server: the workflow task that made it may fail,
 * time out or be refused, and is then repeated. So a start is counted by its run id, and a close is kept pending until
 * the run's eviction tells whether the server took it. Where the SDK hides its evictions, closes count at once, by run id.
 */
export function createWorkflowRecorder(
  families: TemporalFamilies,
  observations: ObservationRecorder,
  guard: Guard,
): WorkflowRecorder {
  const started = createRecent(rememberedRuns)
  const closed = createRecent(rememberedRuns)
  const pending = new Map<string, PendingClose>()
  let evictionsAreSeen = true

  /** Types of the runs in the workers' memory, for evictions, which name the run only. */
  const types = new Map<string, string>()
  /** Those of them whose last workflow task has told itself that it failed. */
  const failing = new Set<string>()

  function commit(runId: string, { type, kind, seconds }: PendingClose): void {
    if (!closed.add(runId)) return
    const slots = families.workflow(type)
    slots.closed[kind].add(1)
    // The engine's own continuation is no end of the run to its user.
    if (kind === 'continued_as_new') return
    if (kind === 'completed') slots.completed.add(1)
    if (kind === 'failed') slots.failed.add(1)
    slots.duration.observe(seconds)
  }

  return {
    sinks: {
      ...observations.sinks,
      compozyMetrics: {
        loaded: {
          fn: ({ runId, workflowType }: WorkflowInfo) => {
            types.set(runId, workflowType)
          },
          callDuringReplay: true,
        },
        started: {
          fn: ({ runId, workflowType }: WorkflowInfo) => {
            guard.run('workflow_start', () => {
              if (started.add(runId)) families.workflow(workflowType).started.add(1)
            })
          },
        },
        taskFailed: {
          fn: ({ runId, workflowType }: WorkflowInfo) => {
            guard.run('workflow_task', () => {
              failing.add(runId)
              families.workflow(workflowType).taskFailures.workflow_error.add(1)
            })
          },
          // A defect shows while a run is replayed, too.
          callDuringReplay: true,
        },
        closing: {
          fn: (info: WorkflowInfo, kind: CloseOutcome, startedAt: number, closedAt: number) => {
            guard.run('workflow_close', () => {
              const close = {
                type: info.workflowType,
                kind,
                seconds: Math.max(0, (closedAt - startedAt) / 1_000),
              }
              if (evictionsAreSeen) pending.set(info.runId, close)
              else {
                observations.evicted(info.runId, true)
                commit(info.runId, close)
              }
            })
          },
        },
      },
    },
    watch(worker) {
      const emitter = evictionsOf(worker)
      if (emitter === undefined) {
        evictionsAreSeen = false
        guard.note(
          'worker_evictions',
          new Error('this Temporal SDK hides its evictions; closes count at once'),
        )
        return
      }
      emitter.on('eviction', ({ runId, evictJob }) => {
        guard.run('workflow_eviction', () => {
          const { reason, message } = evictJob
          const accepted = reason === runEnded || reason === cacheFull || message === shuttingDown
          observations.evicted(runId, accepted)
          const told = failing.delete(runId)
          const failure = accepted || told ? undefined : taskFailures[reason ?? 0]
          if (failure !== undefined) {
            families.workflow(types.get(runId) ?? otherLabel).taskFailures[failure].add(1)
          }
          types.delete(runId)
          const close = pending.get(runId)
          if (close === undefined) return
          pending.delete(runId)
          if (accepted) commit(runId, close)
        })
      })
    },
  }
}

/** Sinks that do nothing: the bundle calls them whether or not anybody counts. */
export function idleSinks(): InjectedSinks<MetricSinks & ObservationSinks> {
  const idle = { fn: (_: WorkflowInfo): void => undefined }
  return {
    compozyMetrics: { loaded: idle, started: idle, taskFailed: idle, closing: idle },
    ...idleObservationSinks(),
  }
}
