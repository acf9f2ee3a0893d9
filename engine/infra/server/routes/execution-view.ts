import type { Execution, Executions } from '../../../workflow/executions.ts'
import type { TaskView } from '../../../workflow/protocol.ts'

/** Path of an execution. */
export function executionUrl(execId: string): string {
  return `/api/v0/executions/workflows/${encodeURIComponent(execId)}`
}

/** How long an answer waits for a worker to tell the tasks, ms: without workers it must still come soon. */
const viewTimeoutMs = 2_000

/** An execution with the live states of its tasks; null where no worker tells them. */
export async function showExecution(
  executions: Executions,
  execution: Execution,
  signal: AbortSignal,
): Promise<Execution & { tasks: Readonly<Record<string, TaskView>> | null }> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(viewTimeoutMs)])
  const view = await executions.view(execution.exec_id, { signal: limited }).catch(() => undefined)
  return { ...execution, tasks: view?.tasks ?? null }
}
