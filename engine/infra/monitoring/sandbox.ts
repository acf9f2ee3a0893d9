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

/** What the sandbox tells the main side. Times in ms since 1970. */
export interface MetricSinks extends Sinks {
  compozyMetrics: {
    /** The run is in this worker's memory from now on, just begun or replayed. */
    loaded(): void
    started(): void
    /** A workflow task failed by a defect, which closes nothing: the server repeats it. */
    taskFailed(): void
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

/** When the first run of the chain started, where the engine continued it as new: part of its start argument. */
function carriedStart(args: readonly unknown[]): number | undefined {
  const [start] = args as readonly [{ carried?: { startedAt?: number } }?]
  return start?.carried?.startedAt
}

/** Tells of an error that fails the workflow task, and passes it on like any other. */
function rethrowTold(error: unknown): never {
  const closes = error instanceof TemporalFailure || error instanceof ContinueAsNew
  if (!closes) compozyMetrics.taskFailed()
  throw error
}

/**
 * Tells of each run's start and close. The close is read from the commands that the run gives, not from its function:
 * that one also throws for defects, which fail a workflow task and close nothing, and never returns where a handler
 * closes the run. A run that goes on from an earlier one of the engine's has started before.
 */
export const interceptors: WorkflowInterceptorsFactory = () => {
  let chainStart: number | undefined
  let started = false
  return {
    inbound: [
      {
        async execute(input, next) {
          chainStart = carriedStart(input.args)
          compozyMetrics.loaded()
          return next(input).catch(rethrowTold)
        },
        async handleSignal(input, next) {
          return next(input).catch(rethrowTold)
        },
      },
    ],
    internals: [
      observationInternals,
      {
        concludeActivation(input, next) {
          const output = next(input)
          // Not before: a first task that fails is repeated, maybe by another process, which would count it again.
          if (!started && chainStart === undefined) compozyMetrics.started()
          started = true
          for (const command of output.commands) {
            for (const [name, kind] of closings) {
              if (command[name] === null || command[name] === undefined) continue
              compozyMetrics.closing(
                kind,
                chainStart ?? workflowInfo().startTime.getTime(),
                Date.now(),
              )
            }
          }
          return output
        },
      },
    ],
  }
}
