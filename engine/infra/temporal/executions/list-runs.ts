import type { Client } from '@temporalio/client'
import type { Executions } from '../../../executions.ts'
import type { Call } from '../connection/calls.ts'
import { decodeCursor, encodeCursor, listQuery, summaryOf } from './list-query.ts'

/** Lists the runs of one task queue, page by page, from Temporal's visibility store. */
export function createList(client: Client, call: Call, taskQueue: string): Executions['list'] {
  return (query, options) =>
    call('list of executions', options, async () => {
      const filters = listQuery(taskQueue, query)
      const page = await client.workflowService.listWorkflowExecutions({
        namespace: client.options.namespace,
        pageSize: query.limit,
        nextPageToken: decodeCursor(query.cursor, filters),
        query: filters,
      })
      return {
        items: page.executions.map(summaryOf),
        next_cursor: encodeCursor(page.nextPageToken, filters),
      }
    })
}
