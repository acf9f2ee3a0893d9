import type { Execution, Executions } from '../../../workflow/executions.ts'
import type { TaskView } from '../../../workflow/protocol.ts'

/** Path of an execution. */
export function executionUrl(execId: string): string {
  return `/api/v0/executions/workflows/${encodeURIComponent(execId)}`
}

/** An execution with the live states of its tasks; null where no worker tells them. */
export async function showExecution(
  executions: Executions,
  execution: Execution,
  signal: AbortSignal,
): Promise<Execution & { tasks: Readonly<Record<string, TaskView>> | null }> {
  const view = await executions.view(execution.exec_id, { signal }).catch(() => undefined)
  return { ...execution, tasks: view?.tasks ?? null }
}
