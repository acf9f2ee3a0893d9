import type { Client } from '@temporalio/client'
import { executionStatuses, type CallOptions, type ExecutionStatus } from '../../executions.ts'
import { createCall } from './connection/calls.ts'
import type { ListedRun } from './executions/list-cursor.ts'
import { statusNamed, summaryOf } from './executions/list-query.ts'
import { isSearchable, literal } from './visibility-text.ts'

/** What to count, and how long it may take. */
export interface CountOptions extends CallOptions {
  readonly client: Client
  readonly taskQueue: string
  /** Of each call; default 2 s, 4 s for a page of a list: better no count than a late one. */
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
const pageTimeoutMs = 4_000
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

interface ListedPage {
  readonly runs: readonly ListedRun[]
  /** Empty on the last page. */
  readonly nextToken: Uint8Array
}

/** Returns a function that reads a page of the runs of a query, each with its own deadline. */
function createPageReader(
  what: string,
  { client, taskQueue: _, timeoutMs = pageTimeoutMs, ...options }: CountOptions,
): (query: string, token?: Uint8Array) => Promise<ListedPage> {
  const call = createCall(client)
  const { namespace } = client.options
  return async (query, nextPageToken = new Uint8Array()) => {
    const request = { namespace, pageSize: runsPerPage, nextPageToken, query }
    const read = () => client.workflowService.listWorkflowExecutions(request)
    const page = await call(what, options, read, timeoutMs)
    return { runs: page.executions, nextToken: page.nextPageToken ?? new Uint8Array() }
  }
}

/** What counting stuck runs asks Temporal: runs of a scope, by a count or by pages of a list. */
function createStuckQueries(options: CountOptions) {
  const { client, taskQueue, timeoutMs = defaultTimeoutMs, ...rest } = options
  const call = createCall(client)
  const readPage = createPageReader('stuck runs', options)
  const queryOf = (scope: RunScope): string =>
    `${filterOf(scope, taskQueue)} AND ExecutionStatus = 'Running' AND TemporalReportedProblems IS NOT NULL`
  return {
    async count(scope: RunScope): Promise<number> {
      const ask = () => client.workflow.count(queryOf(scope))
      return (await call('stuck runs', rest, ask, timeoutMs)).count
    },
    list: (scope: RunScope, token?: Uint8Array) => readPage(queryOf(scope), token),
  }
}

/**
 * Counts open runs whose workflow task keeps failing, of all workflows together, in one query. The
 * server flags a run after several failures in a row (server 1.32: after about a minute). Throws
 * CompozyError `temporal_…`.
 */
export async function countStuck(options: CountOptions): Promise<number> {
  return createStuckQueries(options).count({ except: [] })
}

/** {@link CountOptions} of a count that may take many queries. */
export interface PacedCountOptions extends CountOptions {
  /** Awaited before each query after the first, so that they come no faster than a budget. */
  readonly pause?: () => Promise<void>
}

/**
 * Counts by workflow what {@link countStuck} counts. Lists the runs to see of which workflows they
 * are, and counts by workflow where that takes fewer queries than to list on.
 */
export async function countStuckByWorkflow({
  pause = async () => undefined,
  ...options
}: PacedCountOptions): Promise<ReadonlyMap<string, number>> {
  const { count, list } = createStuckQueries(options)
  const counts = new Map<string, number>()
  // Usually no run is stuck, and a count is cheaper than a list.
  let uncounted = await count({ except: [] })
  if (uncounted === 0) return counts
  // Runs come and go meanwhile: only a list that is whole says that no workflow is left out.
  for (;;) {
    const listed = new Map<string, number>()
    const scope = { except: [...counts.keys()] }
    let token: Uint8Array | undefined
    let onlyListed = false
    do {
      await pause()
      const { runs, nextToken } = await list(scope, token)
      addByType(listed, runs)
      uncounted -= runs.length
      token = nextToken
      // No query can name these workflows, so only the list counts them.
      onlyListed ||= [...listed.keys()].some((type) => !isSearchable(type))
    } while (token.length > 0 && (onlyListed || uncounted <= listed.size * runsPerPage))
    if (token.length === 0 || listed.size === 0) return new Map([...counts, ...listed])
    for (const [type, runs] of listed) {
      await pause()
      const all = await count(type)
      counts.set(type, all)
      uncounted -= all - runs
    }
  }
}

function addByType(counts: Map<string, number>, runs: readonly ListedRun[]): void {
  for (const { type } of runs) counts.set(type?.name ?? '', (counts.get(type?.name ?? '') ?? 0) + 1)
}

/** TaskQueueType of Temporal's protocol. */
const taskQueueTypes = { workflow: 1, activity: 2 } as const

/**
 * Reads how many tasks of one kind wait for a worker; 6 to 8 ms. The server estimates the number;
 * an unknown queue has none. Undefined from a server that knows no statistics, before 1.25. Throws
 * CompozyError `temporal_…`.
 */
export async function readBacklog(
  kind: keyof typeof taskQueueTypes,
  { client, taskQueue, timeoutMs = defaultTimeoutMs, ...options }: CountOptions,
): Promise<Backlog | undefined> {
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
  if (!stats) return undefined
  // The protocol omits zeros.
  const age = stats.approximateBacklogAge
  return {
    tasks: Number(stats.approximateBacklogCount ?? 0),
    ageSeconds: Number(age?.seconds ?? 0) + (age?.nanos ?? 0) / 1e9,
  }
}

/** A time span by Temporal's clock, ms since the Unix epoch: later than `after`, up to `until`. */
export interface TimeSpan {
  readonly after: number
  readonly until: number
}

/**
 * Lists the runs that Temporal closed in a time span (terminated or timed out), newest first. Each
 * page has its own deadline, so that a mass of closes is listed too. Throws CompozyError
 * `temporal_…`.
 */
export async function listServerCloses(
  { after, until }: TimeSpan,
  options: CountOptions,
): Promise<readonly TemporalClose[]> {
  // The server's times are finer than our milliseconds, which leave the rest out.
  const [from, to] = [after, until].map((ms) => new Date(ms + 1).toISOString())
  const query = `TaskQueue = ${literal(options.taskQueue)} AND ExecutionStatus IN ('Terminated', 'TimedOut') AND CloseTime >= '${from}' AND CloseTime < '${to}'`
  const readPage = createPageReader('closed runs', options)
  const closes: TemporalClose[] = []
  let token: Uint8Array | undefined
  do {
    const { runs, nextToken } = await readPage(query, token)
    for (const run of runs) closes.push(closeOf(run, until))
    token = nextToken
  } while (token.length > 0)
  return closes
}

function closeOf(run: ListedRun, until: number): TemporalClose {
  const { run_id: runId, workflow_id: workflowType, status, closed_at } = summaryOf(run)
  const outcome = status === 'terminated' ? 'terminated' : 'timed_out'
  return { runId, workflowType, outcome, closedAt: closed_at ? Date.parse(closed_at) : until }
}
