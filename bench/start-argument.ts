import type { Client } from '@temporalio/client'

/**
 * Returns what the API's own start sends, so that every arm runs the same definition on a queue of
 * its own.
 */
export async function readStartArgument(client: Client, api: string, id: string): Promise<unknown> {
  const response = await fetch(`${api}/api/v0/workflows/${id}/executions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"input":{}}',
  })
  const { exec_id: execId } = (await response.json()) as { exec_id: string }
  const handle = client.workflow.getHandle(execId)
  const history = await handle.fetchHistory()
  const payload = history.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0]
  await handle.terminate()
  return JSON.parse(Buffer.from(payload!.data!).toString())
}
