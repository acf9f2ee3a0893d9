import type { Client } from '@temporalio/client'
import type { ExecutionQuery, ExecutionSummary, Executions, Page } from '../../../executions.ts'
import type { Call } from '../connection/calls.ts'
import {
  decodeCursor,
  encodeCursor,
  indexAfter,
  positionOf,
  type ListedRun,
} from './list-cursor.ts'
import { listQuery, matchesFilter, needsSearch, summaryOf } from './list-query.ts'

/** Runs that one page of a search looks at. */
const searchedRuns = { page: 200, all: 2_000 } as const

/** One page of the server's list. */
interface ServerPage {
  readonly runs: readonly ListedRun[]
  /** Empty on the last one. */
  readonly nextToken: Uint8Array
}
type ReadPage = (token: Uint8Array, size: number) => Promise<ServerPage>

/** Lists the runs of one task queue, page by page, from Temporal's visibility store. */
export function createList(client: Client, call: Call, taskQueue: string): Executions['list'] {
  return (query, options) => {
    const filters = listQuery(taskQueue, query)
    const readPage: ReadPage = (token, pageSize) =>
      call('list of executions', options, async () => {
        const { namespace } = client.options
        const request = { namespace, pageSize, nextPageToken: token, query: filters }
        const page = await client.workflowService.listWorkflowExecutions(request)
        return { runs: page.executions, nextToken: page.nextPageToken ?? new Uint8Array() }
      })
    return needsSearch(query) ? search(query, filters, readPage) : onePage(query, filters, readPage)
  }
}

async function onePage(
  query: ExecutionQuery,
  filters: string,
  readPage: ReadPage,
): Promise<Page<ExecutionSummary>> {
  const { token } = decodeCursor(query.cursor, filters)
  const { runs, nextToken } = await readPage(token, query.limit)
  return {
    items: runs.map(summaryOf).filter((run) => matchesFilter(run, query)),
    next_cursor: encodeCursor({ token: nextToken }, filters),
  }
}

/**
 * Looks through the runs for those that fit the filter. A page may hold fewer than asked for, even
 * none, with a cursor that goes on.
 */
async function search(
  query: ExecutionQuery,
  filters: string,
  readPage: ReadPage,
): Promise<Page<ExecutionSummary>> {
  const { error_type, error_text, rerun_of, workflow_id, exec_id_prefix } = query
  const asked = [error_type, error_text, rerun_of, workflow_id, exec_id_prefix]
  const seal = JSON.stringify([filters, ...asked])
  let { token, after } = decodeCursor(query.cursor, seal)
  const items: ExecutionSummary[] = []
  for (let seen = 0; seen < searchedRuns.all; seen += searchedRuns.page) {
    const { runs, nextToken } = await readPage(token, searchedRuns.page)
    const first = after === undefined ? 0 : indexAfter(runs, after)
    for (const run of runs.slice(first)) {
      if (items.length === query.limit)
        return { items, next_cursor: encodeCursor({ token, after }, seal) }
      after = positionOf(run)
      const summary = summaryOf(run)
      if (matchesFilter(summary, query)) items.push(summary)
    }
    // Where new runs fill the whole page by now, the place is on a later one.
    if (first < runs.length) after = undefined
    token = nextToken
    if (token.length === 0) return { items, next_cursor: null }
  }
  return { items, next_cursor: encodeCursor({ token, after }, seal) }
}
