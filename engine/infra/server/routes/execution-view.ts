import { defined } from '../../../core/defined.ts'
import type { Execution, Executions } from '../../../executions.ts'
import type { TaskView } from '../../../definition/run-protocol.ts'

/** Returns the path of an execution. */
export function executionUrl(execId: string): string {
  return `/api/v0/executions/workflows/${encodeURIComponent(execId)}`
}

/** How long an answer waits for a worker to report the tasks, in ms. */
const viewTimeoutMs = 2_000

/** A task as the API shows it: a {@link TaskView} with times in RFC 3339. */
export interface TaskState extends Omit<TaskView, 'started_at' | 'ended_at' | 'tasks'> {
  readonly started_at?: string
  readonly ended_at?: string
  readonly tasks?: Readonly<Record<string, TaskState>>
}

/** An execution as the API shows it; `tasks` is null if no worker reports them. */
export interface ExecutionDocument extends Omit<Execution, 'tasks'> {
  readonly tasks: Readonly<Record<string, TaskState>> | null
}

const showTime = (ms: number | undefined): string | undefined =>
  ms === undefined ? undefined : new Date(ms).toISOString()

function showTasks(tasks: Readonly<Record<string, TaskView>>): Readonly<Record<string, TaskState>> {
  const states = Object.entries(tasks).map(([id, task]): [string, TaskState] => {
    const { started_at, ended_at, tasks: children, ...rest } = task
    const state = {
      ...rest,
      started_at: showTime(started_at),
      ended_at: showTime(ended_at),
      tasks: children && showTasks(children),
    }
    return [id, defined(state)]
  })
  return Object.fromEntries(states)
}

/**
 * Returns an execution with its tasks: from the result of a run that ended by itself, else from a
 * worker; null if no worker answers.
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
