import { defaultPayloadConverter, type Client } from '@temporalio/client'
import {
  arrayFromPayloads,
  ApplicationFailure,
  CancelledFailure,
  TerminatedFailure,
  TimeoutFailure,
} from '@temporalio/common'
import type { TaskError } from '../../../core/task-error.ts'
import type { Execution } from '../../../executions.ts'
import type { RunStart } from '../../../definition/workflow-ir.ts'

type HistoryPage = Awaited<ReturnType<Client['workflowService']['getWorkflowExecutionHistory']>>
/** An event of Temporal's history. */
export type TemporalEvent = NonNullable<NonNullable<HistoryPage['history']>['events']>[number]

/** Returns the first event of a run. */
export async function readFirstEvent(
  client: Client,
  execId: string,
  runId: string,
): Promise<TemporalEvent | undefined> {
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: { workflowId: execId, runId },
    maximumPageSize: 1,
  })
  return history?.events?.[0]
}

/**
 * Returns the start argument of a run from its first event, undefined when it is not one of ours.
 */
export async function readRunStart(
  client: Client,
  execId: string,
  runId: string,
): Promise<RunStart | undefined> {
  const event = await readFirstEvent(client, execId, runId)
  const payloads = event?.workflowExecutionStartedEventAttributes?.input?.payloads
  const [start] = arrayFromPayloads(defaultPayloadConverter, payloads) as (RunStart | undefined)[]
  return start
}

/**
 * Returns a run's failure as a TaskError: the one in its details, or else one made from the
 * failure.
 */
export function taskErrorOf(cause: unknown): TaskError {
  if (cause instanceof ApplicationFailure) {
    const detail: unknown = cause.details?.[0]
    if (isTaskError(detail)) return detail
    return { type: `ToolError:${cause.type ?? 'Error'}`, message: cause.message }
  }
  if (cause instanceof CancelledFailure)
    return { type: 'Cancelled', message: 'the run was canceled' }
  // Its message is the reason that was given.
  if (cause instanceof TerminatedFailure) return { type: 'Terminated', message: cause.message }
  if (cause instanceof TimeoutFailure)
    return { type: 'TaskTimeout', message: 'the run took longer than its config.timeout allows' }
  return { type: 'ChildFailed', message: cause instanceof Error ? cause.message : String(cause) }
}

/**
 * Returns the task states in a run's result; null in a result that is not ours, and where a child
 * left them out because its parent's history has no room: every run has tasks.
 */
export function tasksOfResult(result: unknown): Execution['tasks'] {
  if (typeof result !== 'object' || result === null || !('tasks' in result)) return null
  const { tasks } = result
  if (typeof tasks !== 'object' || tasks === null) return null
  return Object.keys(tasks).length > 0 ? (tasks as Execution['tasks']) : null
}

/** Returns the task states in a run's failure; null when the interpreter did not end the run. */
export function tasksOfFailure(cause: unknown): Execution['tasks'] {
  return tasksOfResult(cause instanceof ApplicationFailure ? cause.details?.[1] : undefined)
}

function isTaskError(value: unknown): value is TaskError {
  if (typeof value !== 'object' || value === null || !('type' in value) || !('message' in value))
    return false
  return typeof value.type === 'string' && typeof value.message === 'string'
}
