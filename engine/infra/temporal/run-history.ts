import { defaultPayloadConverter, type Client } from '@temporalio/client'
import {
  arrayFromPayloads,
  ApplicationFailure,
  CancelledFailure,
  TerminatedFailure,
  TimeoutFailure,
} from '@temporalio/common'
import type { TaskError, TaskErrorType } from '../../core/task-error.ts'
import type { RunStart } from '../../workflow/ir.ts'

/** The start argument of the latest run of an execution, from its first event; `undefined` where it has none of ours. */
export async function readRunStart(client: Client, execId: string): Promise<RunStart | undefined> {
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: { workflowId: execId },
    maximumPageSize: 1,
  })
  const payloads = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads
  const [start] = arrayFromPayloads(defaultPayloadConverter, payloads) as (RunStart | undefined)[]
  return start
}

/** A run's failure as the API shows it: the TaskError that the interpreter put into its details, or the nearest to it. */
export function taskErrorOf(cause: unknown): TaskError {
  if (cause instanceof ApplicationFailure) {
    const detail = cause.details?.[0] as TaskError | undefined
    if (detail?.type !== undefined) return detail
    return { type: `ToolError:${cause.type ?? 'Error'}`, message: cause.message }
  }
  const [type, fallback] = kindOf(cause)
  return { type, message: cause instanceof Error && cause.message !== '' ? cause.message : fallback }
}

function kindOf(cause: unknown): readonly [TaskErrorType, string] {
  if (cause instanceof CancelledFailure) return ['Cancelled', 'the run was cancelled']
  if (cause instanceof TerminatedFailure) return ['Cancelled', 'the run was terminated']
  if (cause instanceof TimeoutFailure)
    return ['TaskTimeout', 'the run took longer than config.timeout allows']
  return ['ChildFailed', String(cause)]
}
