import type { InjectedSinks } from '@temporalio/worker'
import type { WorkflowInfo } from '@temporalio/workflow'
import { otherLabel } from '../catalogue.ts'
import type { CloseOutcome, TaskFailureReason, TemporalFamilies } from '../families/temporal.ts'
import type { Exemplars } from '../instruments/exemplars.ts'
import type { MetricSinks } from '../sandbox.ts'
import type { ObservationSinks } from '../observations.ts'
import type { Guard } from './guard.ts'
import { createRecentIds, type RecentIds } from './recent-ids.ts'
import { idleObservationSinks, type ObservationRecorder } from './observation-sinks.ts'

/** Runs remembered, so that a retried workflow task counts no start or close twice. */
const rememberedRuns = 50_000

/** Creates the memory of the runs that this process has closed for sure. */
export const createClosedRuns = (): RecentIds => createRecentIds(rememberedRuns)

/** Codes of `RemoveFromCache.EvictionReason` in the SDK's protocol. */
const evictionReasons = {
  cacheFull: 1,
  nondeterminism: 3,
  workflowTaskFailed: 4,
  fatal: 8,
  paginationOrHistoryFetch: 9,
  workflowExecutionEnding: 10,
} as const

/** Message of the evictions of a worker that stops; their reason code is `fatal`. */
const shuttingDown = 'Shutting down'

/** Reports whether Temporal has accepted the last workflow task before an eviction. */
function isAccepted({ reason, message }: Eviction['evictJob']): boolean {
  return (
    reason === evictionReasons.workflowExecutionEnding ||
    reason === evictionReasons.cacheFull ||
    message === shuttingDown
  )
}

/** Evictions that follow a failed workflow task in this worker. */
const failureReasons: Readonly<Record<number, TaskFailureReason>> = {
  [evictionReasons.nondeterminism]: 'nondeterminism',
  [evictionReasons.workflowTaskFailed]: 'workflow_error',
  [evictionReasons.fatal]: 'other',
  [evictionReasons.paginationOrHistoryFetch]: 'other',
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
  readonly execId: string
  readonly kind: CloseOutcome
  readonly seconds: number
}

/** Counts the starts and closes of runs, on the main thread. */
export interface WorkflowRecorder {
  /** The `sinks` option of a worker. */
  readonly sinks: InjectedSinks<MetricSinks & ObservationSinks>
  /** Listens to the evictions of a worker, which commit pending closes. Call for every worker. */
  observeEvictions(worker: object): void
}

/** Returns the worker's emitter of evictions. It is protected, so an SDK may lack it. */
function evictionsOf(worker: object): Emitter | undefined {
  const emitter = (worker as { evictionsEmitter?: Partial<Emitter> }).evictionsEmitter
  return typeof emitter?.on === 'function' ? (emitter as Emitter) : undefined
}

/**
 * Counts starts and closes once. A sink call precedes the answer of Temporal: its workflow task may
 * still fail, time out or be rejected, and is then retried. So a start is counted by run ID, and a
 * close is pending until the eviction of the run shows whether Temporal accepted it. If the SDK
 * hides its evictions, a close counts at once, by run ID.
 */
export function createWorkflowRecorder(
  families: TemporalFamilies,
  observations: ObservationRecorder,
  guard: Guard,
  closedRuns: RecentIds,
  exemplars?: Exemplars,
): WorkflowRecorder {
  const started = createRecentIds(rememberedRuns)
  /** Runs whose close is counted, but may have been refused and may come again. */
  const maybeClosed = createRecentIds(rememberedRuns)
  const pending = new Map<string, PendingClose>()
  let evictionsAreSeen = true

  /** Types of the cached runs, for evictions, which name only the run. */
  const types = new Map<string, string>()
  /** Cached runs whose current workflow task has reported its own failure. */
  const failing = new Set<string>()

  function commit(runId: string, { type, execId, kind, seconds }: PendingClose): void {
    if (closedRuns.has(runId) || !maybeClosed.add(runId)) return
    const slots = families.workflow(type)
    slots.closed[kind].add(1)
    // A run that continues as new is still open to its user.
    if (kind === 'continued_as_new') return
    if (kind === 'completed') slots.completed.add(1)
    if (kind === 'failed') slots.failed.add(1)
    slots.duration.observe(seconds)
    if (exemplars === undefined) return
    exemplars.attach(slots.duration, seconds, execId)
    if (kind !== 'failed') return
    exemplars.attach(slots.failed, 1, execId)
    exemplars.attach(slots.closed.failed, 1, execId)
  }

  /** Remembers only of a run that it is closed. */
  function forget(runId: string): void {
    closedRuns.add(runId)
    maybeClosed.delete(runId)
    started.delete(runId)
    observations.forget(runId)
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
              // A worker that was late may repeat a task of a run that another one has closed.
              if (closedRuns.has(runId)) return
              if (started.add(runId)) families.workflow(workflowType).started.add(1)
            })
          },
        },
        taskFailed: {
          fn: ({ runId, workflowType }: WorkflowInfo) => {
            if (failing.has(runId)) return
            failing.add(runId)
            // The calls of one workflow task come in one turn: `taskConcluded` precedes this.
            queueMicrotask(() =>
              guard.run('workflow_task', () => {
                if (!failing.has(runId)) return
                if (!evictionsAreSeen) failing.delete(runId)
                families.workflow(workflowType).taskFailures.workflow_error.add(1)
              }),
            )
          },
          // A workflow task can fail during replay, too.
          callDuringReplay: true,
        },
        taskConcluded: {
          fn: ({ runId }: WorkflowInfo) => void failing.delete(runId),
          callDuringReplay: true,
        },
        closing: {
          fn: (info: WorkflowInfo, kind: CloseOutcome, startedAt: number, closedAt: number) => {
            guard.run('workflow_close', () => {
              const close = {
                type: info.workflowType,
                execId: info.workflowId,
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
    observeEvictions(worker) {
      const emitter = evictionsOf(worker)
      if (emitter === undefined) {
        evictionsAreSeen = false
        guard.report(
          'worker_evictions',
          new Error('this Temporal SDK has no eviction events; closes count at once'),
        )
        return
      }
      emitter.on('eviction', ({ runId, evictJob }) => {
        guard.run('workflow_eviction', () => {
          const accepted = isAccepted(evictJob)
          observations.evicted(runId, accepted)
          const reported = failing.delete(runId)
          const failure = accepted || reported ? undefined : failureReasons[evictJob.reason ?? 0]
          if (failure !== undefined) {
            families.workflow(types.get(runId) ?? otherLabel).taskFailures[failure].add(1)
          }
          types.delete(runId)
          const close = pending.get(runId)
          if (close === undefined) return
          pending.delete(runId)
          if (accepted) commit(runId, close)
          // By the other accepted reasons the close may still be refused, and repeated.
          if (evictJob.reason === evictionReasons.workflowExecutionEnding) forget(runId)
        })
      })
    },
  }
}

/** Sinks that do nothing: the bundle calls them even when monitoring is disabled. */
export function idleSinks(): InjectedSinks<MetricSinks & ObservationSinks> {
  const idle = { fn: (_: WorkflowInfo): void => undefined }
  return {
    compozyMetrics: {
      loaded: idle,
      started: idle,
      taskFailed: idle,
      taskConcluded: idle,
      closing: idle,
    },
    ...idleObservationSinks(),
  }
}
