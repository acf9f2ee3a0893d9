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

/** The runs that a query concerns: of one workflow, or of all but these. */
export type RunScope = string | { readonly except: readonly string[] }

/** A process that polls a task queue, and when by Temporal's clock, ms since the Unix epoch. */
export interface TaskQueuePoller {
  readonly identity: string
  readonly lastAccess: number
}

/** Tasks that wait in a task queue, the age of the oldest in seconds, and who polls it. */
export interface Backlog {
  readonly tasks: number
  readonly ageSeconds: number
  readonly pollers: readonly TaskQueuePoller[]
}

/** A run that Temporal itself closed. */
export interface TemporalClose {
  readonly runId: string
  readonly workflowType: string
  readonly outcome: 'terminated' | 'timed_out'
  /** By Temporal's clock, ms since the Unix epoch. */
  readonly closedAt: number
}

const defaultTimeoutMs = 2_000
const noRuns = Object.fromEntries(executionStatuses.map((status) => [status, 0])) as Readonly<
  Record<ExecutionStatus, number>
>

function filterOf(scope: RunScope, taskQueue: string): string {
  const queue = `TaskQueue = ${literal(taskQueue)}`
  if (typeof scope === 'string') return `${queue} AND WorkflowType = ${literal(scope)}`
  if (scope.except.length === 0) return queue
  return `${queue} AND WorkflowType NOT IN (${scope.except.map(literal).join(', ')})`
}

const countsOf = (scope: RunScope): string =>
  typeof scope === 'string' ? `counts of "${scope}"` : 'counts of all workflows'

/**
 * Executions of one workflow by status, or of all, as the server's visibility counts them:
 * eventually consistent (20 ms behind on the dev server), closed ones as long as the namespace
 * keeps them. A run that was continued as new counts once. One query a workflow, because servers
 * group by nothing but the status; 25 ms with 5,000 runs. Throws CompozyError `temporal_…`.
 */
export async function countByStatus(
  scope: RunScope,
  { client, taskQueue, timeoutMs = defaultTimeoutMs, ...options }: CountOptions,
): Promise<Readonly<Record<ExecutionStatus, number>>> {
  const query = `${filterOf(scope, taskQueue)} AND ExecutionStatus != 'ContinuedAsNew' GROUP BY ExecutionStatus`
  const count = () => client.workflow.count(query)
  const { groups } = await createCall(client)(countsOf(scope), options, count, timeoutMs)
  const counts = { ...noRuns }
  for (const { count: runs, groupValues } of groups) {
    // SQLite's visibility nests the value once more than others do.
    const status = statusNamed(String(groupValues.flat()[0]))
    if (status !== undefined) counts[status] += runs
  }
  return counts
}

/**
 * Open executions of one workflow, or of all, whose workflow task fails again and again: the server
 * flags them after some failures in a row (server 1.32: after about a minute). Throws CompozyError
 * `temporal_…`.
 */
export async function countStuck(
  scope: RunScope,
  { client, taskQueue, timeoutMs = defaultTimeoutMs, ...options }: CountOptions,
): Promise<number> {
  const query = `${filterOf(scope, taskQueue)} AND ExecutionStatus = 'Running' AND TemporalReportedProblems IS NOT NULL`
  const count = () => client.workflow.count(query)
  return (await createCall(client)(countsOf(scope), options, count, timeoutMs)).count
}

/** Numbers of the protocol's TaskQueueType. */
const taskQueueTypes = { workflow: 1, activity: 2 } as const

/**
 * Tasks of one kind that wait for a worker; 6-8 ms. An unknown queue has none. The server estimates
 * the number. Throws CompozyError `temporal_…`.
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
  const { stats, pollers } = await createCall(client)(
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
    pollers: (pollers ?? []).map(({ identity, lastAccessTime }) => ({
      identity: identity ?? '',
      lastAccess: Number(lastAccessTime?.seconds ?? 0) * 1_000 + (lastAccessTime?.nanos ?? 0) / 1e6,
    })),
  }
}

/** Runs per page. */
const closesPerPage = 1_000

/**
 * Lists the runs that Temporal closed after a time (ms since the Unix epoch): terminated or timed
 * out, oldest last. Throws CompozyError `temporal_…`.
 */
export async function listServerCloses(
  after: number,
  { client, taskQueue, timeoutMs = defaultTimeoutMs, ...options }: CountOptions,
): Promise<readonly TemporalClose[]> {
  const since = new Date(after).toISOString()
  const query = `TaskQueue = ${literal(taskQueue)} AND ExecutionStatus IN ('Terminated', 'TimedOut') AND CloseTime > '${since}'`
  const list = async (): Promise<TemporalClose[]> => {
    const closes: TemporalClose[] = []
    for await (const run of client.workflow.list({ query, pageSize: closesPerPage })) {
      closes.push({
        runId: run.runId,
        workflowType: run.type,
        outcome: run.status.name === 'TERMINATED' ? 'terminated' : 'timed_out',
        closedAt: run.closeTime?.getTime() ?? after,
      })
    }
    return closes
  }
  return createCall(client)('closed runs', options, list, timeoutMs)
}
