import { withDeadline } from './deadline.ts'
import { problemOf } from './problem.ts'
import type { components } from './schema.d.ts'
import { askForToken, tokenHeader } from './token.ts'

type Schemas = components['schemas']

/** Objects of the API, as its OpenAPI document describes them. */
export type Execution = Schemas['Execution'] & Partial<Pick<Schemas['ExecutionDetail'], 'reruns'>>
export type ExecutionSummary = Schemas['ExecutionSummary']
export type TaskState = Schemas['TaskState']
export type TaskError = Schemas['TaskError']
export type TaskRecord = Schemas['TaskRecord']
export type LogLine = Schemas['LogLine']
export type HistoryEntry = Schemas['HistoryEntry']
export type Workflow = Schemas['Workflow']
export type WorkflowDetail = Schemas['WorkflowDetail']
export type FlowTask = Schemas['FlowTask']
export type Schedule = Schemas['Schedule']

/** A page of a list. */
export interface PageOf<T> {
  readonly items: readonly T[]
  readonly next_cursor: string | null
}

const root = '/api/v0'

/** Options of `fetch`, with headers that can be added to. */
type RequestOptions = Omit<RequestInit, 'headers'> & {
  readonly headers?: Readonly<Record<string, string>>
}

/** Makes the query of a URL from the values that are set; a list repeats its key. */
export function queryOf(
  values: Readonly<Record<string, string | number | readonly string[] | undefined>>,
): string {
  const query = new URLSearchParams()
  for (const [key, value] of Object.entries(values))
    for (const one of Array.isArray(value) ? value : [value])
      if (one !== undefined && one !== '') query.append(key, String(one))
  const text = query.toString()
  return text === '' ? '' : `?${text}`
}

/**
 * Calls the API. Asks for a token at a 401.
 * @throws ApiProblem with what the API says; TypeError when the server does not answer
 */
export async function request(
  path: string,
  { headers: own = {}, ...init }: RequestOptions = {},
): Promise<Response> {
  const headers = { accept: 'application/json', ...tokenHeader(), ...own }
  const response = await fetch(`${root}${path}`, { ...init, headers })
  if (response.status === 401) askForToken()
  if (!response.ok) throw await problemOf(response)
  return response
}

/**
 * Reads a resource: the head and the body of the answer arrive before the deadline.
 * @throws DOMException TimeoutError when they do not
 */
export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return withDeadline(signal, async (limited) => {
    const response = await request(path, { signal: limited })
    return (await response.json()) as T
  })
}

/** Reads a whole list, page after page. Its path has a query. */
export async function getAll<T>(path: string, signal: AbortSignal): Promise<readonly T[]> {
  const items: T[] = []
  for (let from = path; ;) {
    const page = await get<PageOf<T>>(from, signal)
    items.push(...page.items)
    if (page.next_cursor === null) return items
    from = `${path}&cursor=${encodeURIComponent(page.next_cursor)}`
  }
}

/** Changes something; the body is JSON. */
export async function send<T>(path: string, body?: unknown, method = 'POST'): Promise<T> {
  const json =
    body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  return (await (await request(path, { method, ...json })).json()) as T
}

/** Path of a run under the API. */
export const runPath = (id: string): string => `/executions/workflows/${encodeURIComponent(id)}`

/** Path of a workflow under the API. */
export const workflowPath = (id: string): string => `/workflows/${encodeURIComponent(id)}`
