import { defined } from '../../engine/core/defined.ts'
import {
  CompozyError,
  errorCodes,
  type ErrorCode,
  type Violation,
} from '../../engine/core/errors.ts'
import { isJsonObject, type JsonValue } from '../../engine/core/json.ts'
import type {
  ExecutionDocument,
  TaskState,
} from '../../engine/infra/server/routes/execution-view.ts'
import type { Page, ScheduleView, TriggeredRun } from '../../engine/executions.ts'
import { readServerEvents, type ServerEvent } from './server-events.ts'

/** The part of the HTTP API that the command line uses. */
export interface ApiClient {
  start(workflowId: string, input: JsonValue): Promise<{ exec_id: string }>
  /**
   * Yields every task as it is, each change of one, and the closed run last. Ends without it when
   * the connection breaks.
   */
  watch(execId: string): AsyncGenerator<WatchEvent>
  /** Makes any other call of the API; the answer must have this field. */
  call(
    method: string,
    path: string,
    field: AnswerField,
    body?: JsonValue,
    headers?: Readonly<Record<string, string>>,
  ): Promise<unknown>
  /** Yields the server-sent events at a path; ends when the connection does. */
  events(path: string): AsyncGenerator<ServerEvent>
  /** Every schedule of the project. */
  schedules(): Promise<readonly ScheduleView[]>
  setSchedule(workflowId: string, change: { enabled: boolean }): Promise<ScheduleView>
  schedule(workflowId: string): Promise<ScheduleView>
  /** Starts a run now, as the schedule would. */
  triggerSchedule(workflowId: string): Promise<TriggeredRun>
}

/**
 * What happens to a run that is watched. Nested tasks have the ids of their containers, joined by
 * `/`.
 */
export type WatchEvent =
  | { readonly type: 'task'; readonly task: TaskState & { readonly id: string } }
  | { readonly type: 'end'; readonly execution: ExecutionDocument }

/** Fields that identify an answer of Compozy. Any web server may answer at the given URL. */
const fields = {
  exec_id: 'string',
  workflow_id: 'string',
  id: 'string',
  items: 'object',
  executions: 'object',
} as const
type AnswerField = keyof typeof fields

/**
 * Creates a client of a running engine. A problem document becomes a CompozyError with the same
 * code.
 */
export function createApiClient(
  server: string,
  options: { token?: string; signal: AbortSignal },
): ApiClient {
  const headers = defined({
    'content-type': 'application/json',
    authorization: options.token ? `Bearer ${options.token}` : undefined,
  })

  async function connect(
    method: string,
    url: URL,
    body?: JsonValue,
    more?: Readonly<Record<string, string>>,
  ): Promise<Response> {
    const init = defined({
      method,
      headers: { ...headers, ...more },
      signal: options.signal,
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    return fetch(url, init).catch((error: unknown) => {
      if (options.signal.aborted) throw error
      throw new CompozyError(
        'unavailable',
        `no engine answers at ${server}; start one with compozy dev, or name another: --server URL`,
        {
          cause: error,
        },
      )
    })
  }

  /** Returns the error of an answer; one about the token says how to give it. */
  function refusal({ status, url }: Response, document: unknown): CompozyError {
    const error = problemError(document, status, url)
    const aboutToken = status === 401 || (status === 403 && options.token !== undefined)
    if (!aboutToken) return error
    const sent = options.token === undefined ? 'needs an API token' : 'refuses the API token'
    const what = status === 401 ? `${server} ${sent}` : error.message
    const message = `${what}; name a file with one: --token-file FILE, or COMPOZY_TOKEN_FILE`
    return new CompozyError(error.code, message, { cause: error })
  }

  /** Returns the URL of a path. A URL drops dots that are a whole step: no id may be called so. */
  const urlOf = (path: string): URL => {
    const dots = /\/(\.\.?)(?=[/?]|$)/.exec(path)?.[1]
    if (dots !== undefined) throw new CompozyError('not_found', `nothing is called "${dots}"`)
    return new URL(`.${path}`, server.endsWith('/') ? server : `${server}/`)
  }

  async function textOf(response: Response, method: string): Promise<string> {
    try {
      return await response.text()
    } catch (error) {
      if (options.signal.aborted) throw error
      const done = method === 'GET' ? '' : '; what was asked for may have been done'
      const message = `the connection to ${server} broke before the whole answer came${done}`
      throw new CompozyError('unavailable', message, { cause: error })
    }
  }

  async function request(
    method: string,
    path: string,
    field: AnswerField,
    body?: JsonValue,
    more?: Readonly<Record<string, string>>,
  ): Promise<unknown> {
    const url = urlOf(path)
    const response = await connect(method, url, body, more)
    const text = await textOf(response, method)
    const document = jsonOf(text)
    if (document === undefined)
      throw new CompozyError('unavailable', `${url.href} answered ${response.status}, without JSON`)
    if (!response.ok) throw refusal(response, document)
    if (isJsonObject(document) && typeof document[field] === fields[field]) return document
    throw new CompozyError('unavailable', `${url.href} answers, but it is not a Compozy engine`)
  }

  async function* events(path: string): AsyncGenerator<ServerEvent> {
    const response = await connect('GET', urlOf(path))
    if (!response.ok) throw refusal(response, jsonOf(await textOf(response, 'GET')))
    yield* readServerEvents((response.body ?? []) as AsyncIterable<Uint8Array>)
  }

  return {
    call: request,
    start: async (workflowId, input) => {
      const path = `/api/v0/workflows/${encodeURIComponent(workflowId)}/executions`
      return (await request('POST', path, 'exec_id', { input })) as { exec_id: string }
    },
    events,
    async *watch(execId) {
      const path = `/api/v0/executions/workflows/${encodeURIComponent(execId)}/events`
      for await (const { name, data } of events(path)) {
        const value = jsonOf(data)
        if (name === 'task') yield { type: 'task', task: value as TaskState & { id: string } }
        if (name === 'end') yield { type: 'end', execution: value as ExecutionDocument }
      }
    },
    schedules: async () => {
      const found: ScheduleView[] = []
      let cursor: string | null = null
      do {
        const after: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`
        const page = (await request(
          'GET',
          `/api/v0/schedules?limit=200${after}`,
          'items',
        )) as Page<ScheduleView>
        found.push(...page.items)
        cursor = page.next_cursor
      } while (cursor !== null)
      return found
    },
    setSchedule: async (workflowId, change) =>
      (await request('PATCH', scheduleUrl(workflowId), 'workflow_id', change)) as ScheduleView,
    schedule: async (workflowId) =>
      (await request('GET', scheduleUrl(workflowId), 'workflow_id')) as ScheduleView,
    triggerSchedule: async (workflowId) => {
      const answer = await request('POST', `${scheduleUrl(workflowId)}/trigger`, 'workflow_id')
      return { exec_id: null, ...(answer as Pick<TriggeredRun, 'workflow_id'>) }
    },
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const scheduleUrl = (workflowId: string): string =>
  `/api/v0/schedules/${encodeURIComponent(workflowId)}`

/** Statuses of a proxy that has lost the engine behind it. */
const gatewayStatuses: readonly number[] = [502, 503, 504]

/** Returns the error of a problem document; any other is an outage or an `internal` error. */
function problemError(document: unknown, status: number, url: string): CompozyError {
  const { code, title, detail, violations } = isJsonObject(document) ? document : {}
  const otherwise = gatewayStatuses.includes(status) ? 'unavailable' : 'internal'
  const known = errorCodes.find((each): each is ErrorCode => each === code) ?? otherwise
  const said = [detail, title].find((text) => typeof text === 'string')
  const listed = (Array.isArray(violations) ? violations : []).filter(isViolation)
  return new CompozyError(known, said ?? `${url} answered ${status}`, { violations: listed })
}

function isViolation(value: unknown): value is Violation {
  return (
    isJsonObject(value) &&
    typeof value['pointer'] === 'string' &&
    typeof value['message'] === 'string'
  )
}
