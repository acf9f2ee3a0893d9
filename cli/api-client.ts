import { CompozyError, errorCodes, type ErrorCode, type Violation } from '../engine/core/errors.ts'
import { isJsonObject, type JsonValue } from '../engine/core/json.ts'
import type { ExecutionDocument } from '../engine/infra/server/routes/execution-view.ts'

/** The part of the HTTP API that the command line uses. */
export interface ApiClient {
  start(workflowId: string, input: JsonValue): Promise<{ exec_id: string }>
  execution(execId: string): Promise<ExecutionDocument>
}

/** A client of a running server; its problems become CompozyErrors with their own codes. */
export function createApiClient(server: string, options: { token?: string; signal: AbortSignal }): ApiClient {
  const headers = {
    'content-type': 'application/json',
    ...(options.token && { authorization: `Bearer ${options.token}` }),
  }

  async function request(method: string, path: string, body?: JsonValue): Promise<unknown> {
    const url = new URL(`.${path}`, server.endsWith('/') ? server : `${server}/`)
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
    if (!response.ok) throw problemError(document, `${url.href} answered ${response.status}`)
    // Any web server may answer at the URL given; only the fields that are relied on are looked at.
    if (isJsonObject(document) && typeof document['exec_id'] === 'string') return document
    throw new CompozyError('unavailable', `${url.href} answers, but it is no Compozy`)
  }

  return {
    start: async (workflowId, input) => {
      const path = `/api/v0/workflows/${encodeURIComponent(workflowId)}/executions`
      return (await request('POST', path, { input })) as { exec_id: string }
    },
    execution: async (execId) => {
      const path = `/api/v0/executions/workflows/${encodeURIComponent(execId)}`
      return (await request('GET', path)) as ExecutionDocument
    },
  }
}

/** The error that a problem document tells of, as far as it is one. */
function problemError(document: unknown, otherwise: string): CompozyError {
  const { code, title, detail, violations } = isJsonObject(document) ? document : {}
  const known = errorCodes.find((each): each is ErrorCode => each === code) ?? 'internal'
  const message = [detail, title].find((text) => typeof text === 'string') ?? otherwise
  const listed = (Array.isArray(violations) ? violations : []).filter(isViolation)
  return new CompozyError(known, message, { violations: listed })
}

function isViolation(value: unknown): value is Violation {
  return isJsonObject(value) && typeof value['pointer'] === 'string' && typeof value['message'] === 'string'
}
