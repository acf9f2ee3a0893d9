import type { Client } from '@temporalio/client'
import { executionStatuses, type CallOptions, type ExecutionStatus } from '../../executions.ts'
import { createCall } from './connection/calls.ts'
import { literal, statusNamed } from './executions/list-query.ts'

/** What to count, and how long it may take. */
export interface CountOptions extends CallOptions {
  readonly client: Client
  readonly taskQueue: string
  /** Default 2 s: better no count than a late one. */
  readonly timeoutMs?: number
}

/** The runs to count: those of one workflow, or of all workflows except some. */
export type RunScope = string | { readonly except: readonly string[] }

/** Tasks waiting in a task queue, and the age of the oldest in seconds. */
export interface Backlog {
  readonly tasks: number
  readonly ageSeconds: number
}

/** A run that Temporal closed: terminated or timed out. */
export interface TemporalClose {
  readonly runId: string
  readonly workflowType: string
  readonly outcome: 'terminated' | 'timed_out'
  /** By Temporal's clock, ms since the Unix epoch. */
  readonly closedAt: number
}

const defaultTimeoutMs = 2_000
/** A list may have several pages. */
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
 * Counts runs by status in Temporal's visibility store, for one workflow or for all. The store is
 * eventually consistent (20 ms behind on the dev server) and keeps closed runs for the namespace's
 * retention. A run that continued as new counts once. Needs one query per workflow, because servers
 * group only by status; 25 ms with 5,000 runs. Throws CompozyError `temporal_…`.
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
    // SQLite's visibility store nests the value one level deeper than the others.
    const status = statusNamed(String(groupValues.flat()[0]))
    if (status !== undefined) counts[status] += runs
  }
  return counts
}

/** Runs per page. */
const runsPerPage = 1_000

/**
 * Counts open runs whose workflow task keeps failing, by workflow. The server flags a run after
 * several failures in a row (server 1.32: after about a minute). Throws CompozyError `temporal_…`.
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
    // Usually no run is stuck, and a count is cheaper than a list.
    if ((await client.workflow.count(query)).count === 0) return counts
    for await (const { type } of client.workflow.list({ query, pageSize: runsPerPage }))
      counts.set(type, (counts.get(type) ?? 0) + 1)
    return counts
  }
  return createCall(client)('stuck runs', options, list, timeoutMs)
}

/** TaskQueueType of Temporal's protocol. */
const taskQueueTypes = { workflow: 1, activity: 2 } as const

/**
 * Reads how many tasks of one kind wait for a worker; 6 to 8 ms. The server estimates the number;
 * an unknown queue has none. Throws CompozyError `temporal_…`.
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
  // The protocol omits zeros.
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
 * Lists the runs that Temporal closed in a time span (terminated or timed out), newest first.
 * Throws CompozyError `temporal_…`.
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
