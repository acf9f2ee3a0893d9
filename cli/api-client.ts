import { CompozyError, errorCodes, type ErrorCode, type Violation } from '../engine/core/errors.ts'
import type { JsonValue } from '../engine/core/json.ts'
import type { Execution } from '../engine/workflow/executions.ts'
import type { TaskView } from '../engine/workflow/protocol.ts'

/** An execution as the API shows it, with its tasks. */
export type ExecutionDocument = Execution & { readonly tasks: Readonly<Record<string, TaskView>> | null }

/** The part of the HTTP API that the command line uses. */
export interface ApiClient {
  start(workflowId: string, input: JsonValue): Promise<{ exec_id: string }>
  execution(execId: string): Promise<ExecutionDocument>
}

/** What a problem document says, as far as it is one. */
interface Problem {
  readonly code?: string
  readonly title?: string
  readonly detail?: string
  readonly violations?: readonly Violation[]
}

/** A client of a running server; its problems become CompozyErrors with their own codes. */
export function createApiClient(server: string, options: { token?: string; signal: AbortSignal }): ApiClient {
  const headers = {
    'content-type': 'application/json',
    ...(options.token && { authorization: `Bearer ${options.token}` }),
  }

  async function request(method: string, path: string, body?: JsonValue): Promise<unknown> {
    const url = new URL(path, server)
    const init = {
      method,
      headers,
      signal: options.signal,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }
    const response = await fetch(url, init).catch((error: unknown) => {
      if (options.signal.aborted) throw error
      throw new CompozyError('unavailable', `no Compozy answers at ${server}; is it running?`, {
        cause: error,
      })
    })
    const text = await response.text()
    let document: unknown
    try {
      document = JSON.parse(text)
    } catch (error) {
      throw new CompozyError('unavailable', `${url.href} answered ${response.status}, not with JSON`, {
        cause: error,
      })
    }
    if (response.ok) return document
    const problem = document as Problem
    const code = errorCodes.find((known): known is ErrorCode => known === problem.code) ?? 'internal'
    const message = problem.detail ?? problem.title ?? `${url.href} answered ${response.status}`
    throw new CompozyError(code, message, { violations: problem.violations ?? [] })
  }

  return {
    start: async (workflowId, input) =>
      (await request('POST', `/api/v0/workflows/${encodeURIComponent(workflowId)}/executions`, {
        input,
      })) as {
        exec_id: string
      },
    execution: async (execId) =>
      (await request(
        'GET',
        `/api/v0/executions/workflows/${encodeURIComponent(execId)}`,
      )) as ExecutionDocument,
  }
}
