import { setTimeout as sleep } from 'node:timers/promises'
import { CompozyError } from '../engine/core/errors.ts'
import type { JsonValue } from '../engine/core/json.ts'
import type { ExecutionDocument } from '../engine/infra/server/routes/execution-view.ts'
import type { TaskStatus } from '../engine/definition/run-protocol.ts'
import type { ApiClient } from './api-client.ts'
import type { CommandContext } from './command.ts'
import { exitCodes } from './exit.ts'
import { changedTasks, formatTaskTree } from './task-tree.ts'
import type { Terminal } from './terminal.ts'

const pollMs = 200

/** Starts a run, shows its tasks while they change, prints its output, and gives the exit code. */
export async function watchRun(
  api: Pick<ApiClient, 'start' | 'execution'>,
  start: { readonly workflowId: string; readonly input: JsonValue },
  { terminal, signal }: Pick<CommandContext, 'terminal' | 'signal'>,
): Promise<number> {
  const { exec_id } = await api.start(start.workflowId, start.input).catch((error: unknown) => {
    // A workflow that is not there is a typing error of this command line, here as without --server.
    const { code, message } = CompozyError.from(error)
    throw code === 'not_found'
      ? new CompozyError('usage_invalid', message, { cause: error })
      : error
  })
  terminal.emit({ event: 'started', exec_id, workflow_id: start.workflowId })
  if (!terminal.interactive && !terminal.json) terminal.note(`started ${exec_id}`)
  const seen = new Map<string, TaskStatus>()
  try {
    for (;;) {
      const execution = await api.execution(exec_id)
      show(execution, seen, terminal)
      if (execution.status !== 'running') return finish(execution, terminal)
      await sleep(pollMs, undefined, { signal })
    }
  } catch (error) {
    if (!signal.aborted) throw error
    terminal.emit({ event: 'interrupted', exec_id })
    terminal.note(`stopped watching; ${exec_id} is still open`)
    return exitCodes.failed
  }
}

function show(
  execution: ExecutionDocument,
  seen: Map<string, TaskStatus>,
  terminal: Terminal,
): void {
  const tasks = execution.tasks ?? {}
  terminal.redraw([
    `${execution.exec_id}  ${execution.status}`,
    ...formatTaskTree(tasks, Date.now()),
  ])
  for (const { id, status } of changedTasks(tasks, seen)) {
    terminal.emit({ event: 'task', id, status })
    if (!terminal.interactive && !terminal.json && status !== 'pending')
      terminal.note(`${id}: ${status}`)
  }
}

function finish(execution: ExecutionDocument, terminal: Terminal): number {
  const { exec_id, status, output, error } = execution
  terminal.emit({ event: status, exec_id, output, error })
  if (status === 'completed') {
    terminal.print(JSON.stringify(output, null, 2))
    return exitCodes.clean
  }
  const task = error?.task ? ` (task ${error.task})` : ''
  terminal.note(`${exec_id} ${status}${error ? `: ${error.type}: ${error.message}${task}` : ''}`)
  return exitCodes.failed
}
