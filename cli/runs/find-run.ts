import { CompozyError } from '../../engine/core/errors.ts'
import type { ExecutionSummary, Page } from '../../engine/executions.ts'
import type { ApiClient } from '../api/api-client.ts'

/** Path of the runs in the API. */
export const runsPath = '/api/v0/executions/workflows'

/** Returns the path of one run in the API. */
export const pathOfRun = (execId: string): string => `${runsPath}/${encodeURIComponent(execId)}`

/** Most runs that an ambiguous prefix lists. */
const listed = 5

/** Most runs that are looked at: one run may have started and been repeated by many. */
const looked = 200

/** Returns the run that started, or is repeated by, all the others; undefined without one. */
function originOf(ids: readonly string[]): string | undefined {
  const [first, ...others] = ids.toSorted((a, b) => a.length - b.length)
  const isDerived = (id: string): boolean =>
    id.startsWith(`${first}.`) || id.startsWith(`${first}~`)
  return others.every(isDerived) ? first : undefined
}

/**
 * Returns the run whose exec_id begins with this; undefined for none. Refuses several, unless all
 * of them are children or repetitions of one.
 */
async function runWithPrefix(
  api: Pick<ApiClient, 'call'>,
  prefix: string,
): Promise<string | undefined> {
  const query = new URLSearchParams({ exec_id_prefix: prefix, limit: String(looked) })
  const path = `${runsPath}?${query.toString()}`
  const page = (await api.call('GET', path, 'items')) as Page<ExecutionSummary>
  const ids = page.items.map(({ exec_id }) => exec_id)
  if (ids.length === 0) return undefined
  const origin = page.next_cursor ? undefined : originOf(ids)
  if (origin !== undefined) return origin
  const more = ids.length > listed ? '\n  …' : ''
  const lines = ids.slice(0, listed).map((id) => `\n  ${id}`)
  const message = `several runs begin with "${prefix}"; write more of the exec_id:${lines.join('')}${more}`
  throw new CompozyError('usage_invalid', message)
}

/**
 * Does something with the run that the user named by its exec_id, or by the beginning of one that
 * no other run has. An unknown run has been left alone, so that the second try repeats nothing.
 */
export async function withRun<T>(
  api: Pick<ApiClient, 'call'>,
  given: string,
  act: (execId: string) => Promise<T>,
): Promise<T> {
  try {
    return await act(given)
  } catch (error) {
    if (!(error instanceof CompozyError) || error.code !== 'not_found') throw error
    const found = await runWithPrefix(api, given)
    if (found === undefined) {
      const message = `no run is called "${given}" or begins so; compozy runs list shows the newest`
      throw new CompozyError('not_found', message, { cause: error })
    }
    if (found === given) throw error
    return act(found)
  }
}
