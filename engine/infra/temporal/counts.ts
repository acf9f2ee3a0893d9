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

/** Tasks that wait in a task queue, and the age of the oldest in seconds. */
export interface Backlog {
  readonly tasks: number
  readonly ageSeconds: number
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
/** A list may have pages. */
const listTimeoutMs = 4_000
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

/** Runs per page of a list. */
const runsPerPage = 1_000

/**
 * Open executions whose workflow task fails again and again, by workflow; none without any. The
 * server flags them after some failures in a row (server 1.32: after about a minute). Throws
 * CompozyError `temporal_…`.
 */
export async function countStuck({
  client,
  taskQueue,
  timeoutMs = listTimeoutMs,
  ...options
}: CountOptions): Promise<ReadonlyMap<string, number>> {
  const query = `TaskQueue = ${literal(taskQueue)} AND ExecutionStatus = 'Running' AND TemporalReportedProblems IS NOT NULL`
  const list = async (): Promise<ReadonlyMap<string, number>> => {
    const counts = new Map<string, number>()
    // Nearly always no run is stuck, and a count is cheaper than a list.
    if ((await client.workflow.count(query)).count === 0) return counts
    for await (const { type } of client.workflow.list({ query, pageSize: runsPerPage }))
      counts.set(type, (counts.get(type) ?? 0) + 1)
    return counts
  }
  return createCall(client)('stuck runs', options, list, timeoutMs)
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

/** A time span by Temporal's clock, ms since the Unix epoch: later than `after`, up to `until`. */
export interface TimeSpan {
  readonly after: number
  readonly until: number
}

/**
 * Lists the runs that Temporal closed in a span: terminated or timed out, oldest last. Throws
 * CompozyError `temporal_…`.
 */
export async function listServerCloses(
  { after, until }: TimeSpan,
  { client, taskQueue, timeoutMs = listTimeoutMs, ...options }: CountOptions,
): Promise<readonly TemporalClose[]> {
  const [from, to] = [after, until].map((ms) => new Date(ms).toISOString())
  const query = `TaskQueue = ${literal(taskQueue)} AND ExecutionStatus IN ('Terminated', 'TimedOut') AND CloseTime > '${from}' AND CloseTime <= '${to}'`
  const list = async (): Promise<TemporalClose[]> => {
    const closes: TemporalClose[] = []
    for await (const run of client.workflow.list({ query, pageSize: runsPerPage })) {
      closes.push({
        runId: run.runId,
        workflowType: run.type,
        outcome: run.status.name === 'TERMINATED' ? 'terminated' : 'timed_out',
        closedAt: run.closeTime?.getTime() ?? until,
      })
    }
    return closes
  }
  return createCall(client)('closed runs', options, list, timeoutMs)
}
