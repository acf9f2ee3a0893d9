import { CompozyError } from '../../engine/core/errors.ts'
import type { ExecutionSummary, Page } from '../../engine/executions.ts'
import type { ApiClient } from '../api/api-client.ts'

/** Path of the runs in the API. */
export const runsPath = '/api/v0/executions/workflows'

/** Returns the path of one run in the API. */
export const pathOfRun = (execId: string): string => `${runsPath}/${encodeURIComponent(execId)}`

/** Most runs that an ambiguous prefix lists. */
const listed = 5

/** Returns the run whose exec_id begins with this; undefined for none. Refuses several. */
async function runWithPrefix(
  api: Pick<ApiClient, 'call'>,
  prefix: string,
): Promise<string | undefined> {
  const query = new URLSearchParams({ exec_id_prefix: prefix, limit: String(listed + 1) })
  const page = await api.call('GET', `${runsPath}?${query.toString()}`, 'items')
  const ids = (page as Page<ExecutionSummary>).items.map(({ exec_id }) => exec_id)
  if (ids.length < 2) return ids[0]
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
    if (found === undefined || found === given) throw error
    return act(found)
  }
}
