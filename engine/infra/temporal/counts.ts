import type { Client } from '@temporalio/client'
import { executionStatuses, type CallOptions, type ExecutionStatus } from '../../executions.ts'
import { createCall } from './connection/calls.ts'
import { literal, statusNamed } from './executions/list-query.ts'

/** What a count concerns, and how long it may take. */
export interface CountOptions extends CallOptions {
  readonly client: Client
  readonly taskQueue: string
  /** Default 2 s: a count that is late is better left out than waited for. */
  readonly timeoutMs?: number
}

/** How many tasks wait in a task queue for a worker, and for how long the oldest does, in seconds. */
export interface Backlog {
  readonly tasks: number
  readonly ageSeconds: number
}

const defaultTimeoutMs = 2_000
const noRuns = Object.fromEntries(executionStatuses.map((status) => [status, 0])) as Readonly<
  Record<ExecutionStatus, number>
>

/** The runs that a count concerns: of one workflow, or of all in the task queue. */
function concerned(workflowId: string | undefined, taskQueue: string): string {
  const queue = `TaskQueue = ${literal(taskQueue)}`
  return workflowId === undefined ? queue : `${queue} AND WorkflowType = ${literal(workflowId)}`
}

const countedThing = (workflowId: string | undefined): string =>
  workflowId === undefined ? 'counts of all workflows' : `counts of "${workflowId}"`

/**
 * Executions of one workflow by status, or of all, as the server's visibility counts them: eventually consistent (20 ms behind on
 * the dev server), closed ones as long as the namespace keeps them. A run that was continued as new counts once. One
 * query a workflow, because servers group by nothing but the status; 25 ms with 5,000 runs. Throws CompozyError
 * `temporal_…`.
 */
export async function countByStatus(
  workflowId: string | undefined,
  { client, taskQueue, timeoutMs = defaultTimeoutMs, ...options }: CountOptions,
): Promise<Readonly<Record<ExecutionStatus, number>>> {
  const query = `${concerned(workflowId, taskQueue)} AND ExecutionStatus != 'ContinuedAsNew' GROUP BY ExecutionStatus`
  const count = () => client.workflow.count(query)
  const { groups } = await createCall(client)(countedThing(workflowId), options, count, timeoutMs)
  const counts = { ...noRuns }
  for (const { count: runs, groupValues } of groups) {
    // SQLite's visibility nests the value once more than others do.
    const status = statusNamed(String(groupValues.flat()[0]))
    if (status !== undefined) counts[status] += runs
  }
  return counts
}

/**
 * Open executions of one workflow, or of all, whose workflow task fails again and again: the server flags them after
 * some failures in a row (server 1.32: after about a minute). Throws CompozyError `temporal_…`.
 */
export async function countStuck(
  workflowId: string | undefined,
  { client, taskQueue, timeoutMs = defaultTimeoutMs, ...options }: CountOptions,
): Promise<number> {
  const query = `${concerned(workflowId, taskQueue)} AND ExecutionStatus = 'Running' AND TemporalReportedProblems IS NOT NULL`
  const count = () => client.workflow.count(query)
  return (await createCall(client)(countedThing(workflowId), options, count, timeoutMs)).count
}

/** Numbers of the protocol's TaskQueueType. */
const taskQueueTypes = { workflow: 1, activity: 2 } as const

/**
 * Tasks of one kind that wait for a worker; 6-8 ms. An unknown queue has none. The server estimates the number. Throws
 * CompozyError `temporal_…`.
 */
export async function readBacklog(
  kind: keyof typeof taskQueueTypes,
  { client, taskQueue, timeoutMs = defaultTimeoutMs, ...options }: CountOptions,
): Promise<Backlog> {
  const describe = () =>
    client.workflowService.describeTaskQueue({
      namespace: client.options.namespace,
      taskQueue: { name: taskQueue },
      taskQueueType: taskQueueTypes[kind],
      reportStats: true,
    })
  const { stats } = await createCall(client)(
    `task queue "${taskQueue}"`,
    options,
    describe,
    timeoutMs,
  )
  // Zeros are left out on the way.
  const age = stats?.approximateBacklogAge
  return {
    tasks: Number(stats?.approximateBacklogCount ?? 0),
    ageSeconds: Number(age?.seconds ?? 0) + (age?.nanos ?? 0) / 1e9,
  }
}
