import type { CloseOutcome } from './families/temporal.ts'
import { observationInternals } from './observations.ts'
import { proxySinks, workflowInfo, type Sinks, type WorkflowInterceptorsFactory } from '@temporalio/workflow'

export { observe } from './observations.ts'

/** What the sandbox tells the main side. Times in ms since 1970. */
export interface MetricSinks extends Sinks {
  compozyMetrics: {
    /** The run is in this worker's memory from now on; `starts`: because it has just begun. */
    loaded(starts: boolean): void
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

/**
 * Tells of each run's start and close. The close is read from the commands that the run gives, not from its function:
 * that one also throws for defects, which fail a workflow task and close nothing, and never returns where a handler
 * closes the run. A run that goes on from an earlier one of the engine's has started before.
 */
export const interceptors: WorkflowInterceptorsFactory = () => {
  let chainStart: number | undefined
  return {
    inbound: [
      {
        async execute(input, next) {
          chainStart = carriedStart(input.args)
          compozyMetrics.loaded(chainStart === undefined && !workflowInfo().unsafe.isReplaying)
          return next(input)
        },
      },
    ],
    internals: [
      observationInternals,
      {
        concludeActivation(input, next) {
          const output = next(input)
          for (const command of output.commands) {
            for (const [name, kind] of closings) {
              if (command[name] === null || command[name] === undefined) continue
              compozyMetrics.closing(kind, chainStart ?? workflowInfo().startTime.getTime(), Date.now())
            }
          }
          return output
        },
      },
    ],
  }
}
