import { CompozyError } from '../../../core/errors.ts'
import { didYouMean } from '../../../core/nearest.ts'
import type { ApiDependencies } from '../deps.ts'

/**
 * Throws CompozyError `not_found` with the nearest name for a workflow that neither the project has
 * nor a run. One that was removed from the files still has its runs, though filters may leave none.
 */
export async function requireWorkflow(
  id: string | undefined,
  { executions, project }: Pick<ApiDependencies, 'executions' | 'project'>,
  signal: AbortSignal,
): Promise<void> {
  const { workflows } = project()
  if (id === undefined || workflows.has(id)) return
  const { items } = await executions.list({ workflow_id: id, limit: 1 }, { signal })
  if (items.length > 0) return
  throw new CompozyError('not_found', `no workflow "${id}"${didYouMean(id, workflows.keys())}`)
}

/**
 * Throws CompozyError `not_found` for a run that neither Temporal has nor a repetition of it:
 * Temporal forgets a closed run before its repetitions.
 */
export async function requireRepeatedRun(
  execId: string | undefined,
  { executions }: Pick<ApiDependencies, 'executions'>,
  signal: AbortSignal,
): Promise<void> {
  if (execId === undefined) return
  try {
    await executions.describe(execId, { signal })
  } catch (error) {
    if (CompozyError.from(error).code !== 'not_found') throw error
    const page = await executions.list({ rerun_of: execId, limit: 1 }, { signal })
    if (page.items.length === 0 && page.next_cursor === null) throw error
  }
}
