import type { Execution, Executions } from '../../../executions.ts'
import type { TaskView } from '../../../definition/run-protocol.ts'

/** Path of an execution. */
export function executionUrl(execId: string): string {
  return `/api/v0/executions/workflows/${encodeURIComponent(execId)}`
}

/** How long an answer waits for a worker to tell the tasks, ms: without workers it must still come soon. */
const viewTimeoutMs = 2_000

/** A task as the API shows it: {@link TaskView} with times in RFC 3339. */
export interface TaskState extends Omit<TaskView, 'started_at' | 'ended_at' | 'tasks'> {
  readonly started_at?: string
  readonly ended_at?: string
  readonly tasks?: Readonly<Record<string, TaskState>>
}

/** An execution as the API shows it; `tasks` is null where nothing tells them. */
export interface ExecutionDocument extends Omit<Execution, 'tasks'> {
  readonly tasks: Readonly<Record<string, TaskState>> | null
}

function showTasks(tasks: Readonly<Record<string, TaskView>>): Readonly<Record<string, TaskState>> {
  const states = Object.entries(tasks).map(([id, task]): [string, TaskState] => {
    const { started_at, ended_at, tasks: children, ...rest } = task
    const state = {
      ...rest,
      ...(started_at !== undefined && { started_at: new Date(started_at).toISOString() }),
      ...(ended_at !== undefined && { ended_at: new Date(ended_at).toISOString() }),
      ...(children !== undefined && { tasks: showTasks(children) }),
    }
    return [id, state]
  })
  return Object.fromEntries(states)
}

/**
 * An execution with its tasks: of a run that ended by itself as its result keeps them, of any other as a worker tells
 * them; null where none does.
 */
export async function showExecution(
  executions: Executions,
  execution: Execution,
  signal: AbortSignal,
): Promise<ExecutionDocument> {
  if (execution.tasks !== null) return { ...execution, tasks: showTasks(execution.tasks) }
  const limited = AbortSignal.any([signal, AbortSignal.timeout(viewTimeoutMs)])
  const view = await executions.view(execution.exec_id, { signal: limited }).catch(() => undefined)
  return { ...execution, tasks: view === undefined ? null : showTasks(view.tasks) }
}
