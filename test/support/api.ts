import type { JsonValue } from '../../engine/core/json.ts'
import type { ExecutionDocument } from '../../engine/infra/server/routes/execution-view.ts'
import { eventually } from './compozy.ts'

/** An answer of the API: status and JSON body. */
export interface Answer {
  readonly status: number
  readonly type: string
  readonly body: Record<string, JsonValue>
}

/** Calls the API of a running engine. */
export async function call(
  api: string,
  method: string,
  path: string,
  body?: JsonValue,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const request =
    body === undefined
      ? { method, headers }
      : {
          method,
          headers: { 'content-type': 'application/json', ...headers },
          body: JSON.stringify(body),
        }
  const response = await fetch(`${api}${path}`, request)
  const text = await response.text()
  const type = response.headers.get('content-type') ?? ''
  return {
    status: response.status,
    type,
    body: type.includes('json') ? (JSON.parse(text) as Record<string, JsonValue>) : {},
  }
}

/** Starts a run and gives its id. */
export async function startRun(api: string, workflowId: string, input: JsonValue): Promise<string> {
  const { status, body } = await call(api, 'POST', `/api/v0/workflows/${workflowId}/executions`, {
    input,
  })
  if (status !== 202) throw new Error(`the start answered ${status}: ${JSON.stringify(body)}`)
  return body['exec_id'] as string
}

/** A run as the API shows it. */
export async function execution(api: string, execId: string): Promise<ExecutionDocument> {
  const { status, body } = await call(api, 'GET', `/api/v0/executions/workflows/${execId}`)
  if (status !== 200) throw new Error(`${execId} answered ${status}: ${JSON.stringify(body)}`)
  // The JSON of a run, as its schema has it.
  return body as unknown as ExecutionDocument
}

/** Waits for the end of a run. */
export function closed(
  api: string,
  execId: string,
  timeoutMs = 30_000,
): Promise<ExecutionDocument> {
  return eventually(
    () => execution(api, execId),
    ({ status }) => status !== 'running',
    { timeoutMs },
  )
}

/** Waits until a run's task has this status. */
export function taskReaches(
  api: string,
  execId: string,
  task: string,
  status: string,
): Promise<ExecutionDocument> {
  return eventually(
    () => execution(api, execId),
    ({ tasks }) => tasks?.[task]?.status === status,
  )
}
