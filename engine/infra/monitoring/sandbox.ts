import type { CloseOutcome } from './families/temporal.ts'
import { observationInternals } from './observations.ts'
import {
  ContinueAsNew,
  proxySinks,
  TemporalFailure,
  workflowInfo,
  type Sinks,
  type WorkflowInterceptorsFactory,
} from '@temporalio/workflow'

export { observe } from './observations.ts'

/** Sinks from the workflow sandbox to the main thread. Times in ms since the Unix epoch. */
export interface MetricSinks extends Sinks {
  compozyMetrics: {
    /** The run is now in the cache of this worker, new or replayed. */
    loaded(): void
    started(): void
    /**
     * A workflow task seems to fail; Temporal then retries it and the run stays open. Where
     * `taskConcluded` follows in the same workflow task, the error has closed the run instead.
     */
    taskFailed(): void
    taskConcluded(): void
    closing(kind: CloseOutcome, startedAt: number, closedAt: number): void
  }
}

const { compozyMetrics } = proxySinks<MetricSinks>()

const closings = [
  ['completeWorkflowExecution', 'completed'],
  ['failWorkflowExecution', 'failed'],
  ['cancelWorkflowExecution', 'canceled'],
  ['continueAsNewWorkflowExecution', 'continued_as_new'],
] as const

/**
 * Returns the start of the chain's first run, which a continued run carries in its argument. A run
 * that repeats another one carries records too, but it is the first of its chain.
 */
function carriedStart(args: readonly unknown[]): number | undefined {
  const [start] = args as readonly [{ carried?: { startedAt?: number; repeats?: boolean } }?]
  return start?.carried?.repeats === true ? undefined : start?.carried?.startedAt
}

/** The SDK gives each run globals of its own; this module is shared by all runs of a thread. */
const runGlobals = globalThis as {
  compozyRunResetAt?: number
  /** Not public: an SDK may lack it. It draws another sequence from a reset on. */
  readonly __TEMPORAL_ACTIVATOR__?: { readonly random?: unknown }
}

/**
 * Returns the time of the first workflow task after a reset of the run, in ms since 1970, if it was
 * reset. A reset run repeats the history of another one, with its start. Of the reset itself the
 * SDK only takes a new seed, with this task, in a replay too.
 */
export const resetTime = (): number | undefined => runGlobals.compozyRunResetAt

/** Returns a function that notes the reset of a run when a workflow task has brought one. */
function createResetWatch(): () => void {
  let random = runGlobals.__TEMPORAL_ACTIVATOR__?.random
  return () => {
    const current = runGlobals.__TEMPORAL_ACTIVATOR__?.random
    if (current === random) return
    random = current
    runGlobals.compozyRunResetAt = Date.now()
  }
}

/**
 * Returns when the run could start. Temporal holds back the first workflow task of a cron run, a
 * retry and a delayed start; the SDK has that delay under the name of the cron one. A signal can
 * end the delay early: then the first workflow task is the start.
 */
function runStart(): number {
  const { startTime, runStartTime, cronScheduleToScheduleInterval: delay } = workflowInfo()
  const created = startTime.getTime()
  return delay === undefined ? created : Math.min(created + delay, runStartTime.getTime())
}

/**
 * Reports the start and close of each run. The close is read from the run's commands, not from its
 * function: the function also throws when only a workflow task fails, and never returns when a
 * handler closes the run. A continued run has started before.
 */
export const interceptors: WorkflowInterceptorsFactory = () => {
  const noteReset = createResetWatch()
  let chainStart: number | undefined
  let started = false
  let seemsFailed = false

  /**
   * Reports an error that fails the workflow task, and rethrows it. Only the SDK knows which errors
   * fail the run by its options `failureExceptionTypes` and `workflowFailureErrorTypes`. It
   * concludes just the workflow tasks that do not fail.
   */
  function reportAndRethrow(error: unknown): never {
    if (!(error instanceof TemporalFailure || error instanceof ContinueAsNew)) {
      seemsFailed = true
      compozyMetrics.taskFailed()
    }
    throw error
  }

  return {
    inbound: [
      {
        async execute(input, next) {
          chainStart = carriedStart(input.args)
          compozyMetrics.loaded()
          return next(input).catch(reportAndRethrow)
        },
        async handleSignal(input, next) {
          return next(input).catch(reportAndRethrow)
        },
      },
    ],
    internals: [
      observationInternals,
      {
        activate(input, next) {
          noteReset()
          return next(input)
        },
        concludeActivation(input, next) {
          const output = next(input)
          // Beside signals, older runs get the seed as one of the jobs.
          noteReset()
          if (seemsFailed) compozyMetrics.taskConcluded()
          seemsFailed = false
          // Not earlier: Temporal may retry a failed first workflow task in another process.
          if (!started && chainStart === undefined) compozyMetrics.started()
          started = true
          for (const command of output.commands) {
            for (const [name, kind] of closings) {
              if (command[name] === null || command[name] === undefined) continue
              const startedAt = resetTime() ?? chainStart ?? runStart()
              compozyMetrics.closing(kind, startedAt, Date.now())
            }
          }
          return output
        },
      },
    ],
  }
}
