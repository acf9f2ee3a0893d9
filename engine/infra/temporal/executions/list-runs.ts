import type { Client } from '@temporalio/client'
import type { ExecutionQuery, ExecutionSummary, Executions, Page } from '../../../executions.ts'
import type { Call } from '../connection/calls.ts'
import {
  asksMemo,
  decodeCursor,
  encodeCursor,
  listQuery,
  matchesMemo,
  summaryOf,
} from './list-query.ts'

/** Runs that one page of a search in memos looks at. */
const searchedRuns = { page: 200, all: 2_000 } as const

/** One page of the server's list. */
interface ServerPage {
  readonly runs: readonly ExecutionSummary[]
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
        return { runs: page.executions.map(summaryOf), nextToken: page.nextPageToken }
      })
    return asksMemo(query) ? search(query, filters, readPage) : onePage(query, filters, readPage)
  }
}

async function onePage(
  query: ExecutionQuery,
  filters: string,
  readPage: ReadPage,
): Promise<Page<ExecutionSummary>> {
  const { token } = decodeCursor(query.cursor, filters)
  const { runs, nextToken } = await readPage(token, query.limit)
  return { items: runs, next_cursor: encodeCursor(nextToken, filters) }
}

/**
 * Looks through the runs for those whose memo fits. A page may hold fewer than asked for, even
 * none, with a cursor that goes on.
 */
async function search(
  query: ExecutionQuery,
  filters: string,
  readPage: ReadPage,
): Promise<Page<ExecutionSummary>> {
  const { error_type, error_text, rerun_of } = query
  const seal = JSON.stringify([filters, error_type, error_text, rerun_of])
  let { token, skip } = decodeCursor(query.cursor, seal)
  const items: ExecutionSummary[] = []
  for (let seen = 0; seen < searchedRuns.all; seen += searchedRuns.page) {
    const { runs, nextToken } = await readPage(token, searchedRuns.page)
    for (let at = skip; at < runs.length; at++) {
      if (items.length === query.limit) return { items, next_cursor: encodeCursor(token, seal, at) }
      if (matchesMemo(runs[at]!, query)) items.push(runs[at]!)
    }
    skip = 0
    token = nextToken
    if (token === undefined || token.length === 0) return { items, next_cursor: null }
  }
  return { items, next_cursor: encodeCursor(token, seal) }
}
