import { defined } from '../../engine/core/defined.ts'
import { CompozyError } from '../../engine/core/errors.ts'
import type { JsonValue } from '../../engine/core/json.ts'
import type { TaskError } from '../../engine/core/task-error.ts'
import type {
  ExecutionDocument,
  TaskState,
} from '../../engine/infra/server/routes/execution-view.ts'
import type { ApiClient } from '../api/api-client.ts'
import type { CommandContext } from '../command.ts'
import { exitCodes } from '../exit.ts'
import type { ParsedFlags } from '../flags.ts'
import { printableJson } from '../line.ts'
import { widthOf } from '../line.ts'
import { shellWord } from '../shell-word.ts'
import { followStream } from './follow-stream.ts'
import { engineFlags, repeatFlags } from './repeat-flags.ts'
import { formatTaskEnd, formatTaskTree, nestTasks } from './task-tree.ts'
import { failureLines } from '../runs/failure-lines.ts'
import type { Terminal } from '../terminal.ts'

/** How often the durations of running tasks are redrawn, ms. */
const redrawMs = 200

/** What watching uses of a command. */
type WatchContext = Pick<CommandContext, 'terminal' | 'signal' | 'flags'>

type WatchApi = Pick<ApiClient, 'start' | 'watch'>

/**
 * Returns the commands that go on watching. `ownEngine` means that the engine ends with this
 * command, and the run waits for the next one.
 */
function continuation(execId: string, flags: ParsedFlags, ownEngine: boolean): string[] {
  const watch = `compozy runs watch ${shellWord(execId)}${repeatFlags(flags, engineFlags)}`
  return ownEngine ? [`compozy dev${repeatFlags(flags, ['cwd'])}`, watch] : [watch]
}

/** Starts a run, shows its tasks as they change, prints its output, and returns the exit code. */
export async function watchRun(
  api: WatchApi,
  start: { readonly workflowId: string; readonly input: JsonValue },
  context: WatchContext,
  { ownEngine = false } = {},
): Promise<number> {
  const { terminal } = context
  const { exec_id } = await startRun(api, start)
  terminal.emit({ event: 'started', exec_id, workflow_id: start.workflowId })
  if (!terminal.interactive && !terminal.json) terminal.note(`started ${exec_id}`)
  return watchOpenRun(api, exec_id, context, { ownEngine })
}

/** Shows a run's tasks as they change, prints its output, and returns the exit code. */
export async function watchOpenRun(
  api: Pick<ApiClient, 'watch'>,
  exec_id: string,
  context: WatchContext,
  { ownEngine = false } = {},
): Promise<number> {
  const { terminal, signal } = context
  const display = createDisplay(exec_id, terminal)
  const redraw = setInterval(() => display.redraw(), redrawMs)
  const commands = continuation(exec_id, context.flags, ownEngine)
  try {
    const execution = await followStream(
      () => api.watch(exec_id),
      (event) => {
        if (event.type === 'end') return event.execution
        display.show(event.task)
        return undefined
      },
      { execId: exec_id, continueWith: commands, signal },
    )
    display.redraw(execution.status)
    return finish(execution, terminal)
  } catch (error) {
    if (!signal.aborted) throw error
    terminal.emit({ event: 'interrupted', exec_id, continue_with: commands })
    terminal.note(`stopped watching; ${exec_id} is still open`)
    terminal.note(`continue with: ${commands.join(', then ')}`)
    return exitCodes.failed
  } finally {
    clearInterval(redraw)
  }
}

async function startRun(
  api: WatchApi,
  { workflowId, input }: { readonly workflowId: string; readonly input: JsonValue },
): Promise<{ exec_id: string }> {
  try {
    return await api.start(workflowId, input)
  } catch (error) {
    // An unknown workflow is a typing error in this command line, with or without --server.
    const { code, message } = CompozyError.from(error)
    if (code !== 'not_found') throw error
    throw new CompozyError('usage_invalid', message, { cause: error })
  }
}

/** What the terminal shows of a run's tasks. */
interface Display {
  show(task: TaskState & { readonly id: string }): void
  redraw(status?: ExecutionDocument['status']): void
}

/** The status that takes most columns. */
const longestStatus: ExecutionDocument['status'] = 'terminated'

function createDisplay(execId: string, terminal: Terminal): Display {
  const tasks = new Map<string, TaskState>()
  const { interactive, width = Infinity } = terminal
  // What is redrawn is cut to the terminal, and an id that is cut can't be copied.
  const isLong = interactive && widthOf(`${execId}  ${longestStatus}`) >= width
  if (isLong) terminal.note(execId)
  const name = isLong ? '' : `${execId}  `
  const redraw = (status: ExecutionDocument['status'] = 'running'): void => {
    if (!interactive) return
    terminal.redraw([`${name}${status}`, ...formatTaskTree(nestTasks(tasks), Date.now())])
  }
  return {
    show({ id, ...task }) {
      const isChanged = tasks.get(id)?.status !== task.status
      tasks.set(id, task)
      redraw()
      if (!isChanged) return
      const { status, carried } = task
      terminal.emit({ event: 'task', id, ...defined({ status, carried }) })
      if (!terminal.interactive && !terminal.json && task.status !== 'pending')
        terminal.note(`${id}: ${task.status}${formatTaskEnd(task)}`)
    },
    redraw,
  }
}

function finish(execution: ExecutionDocument, terminal: Terminal): number {
  const { exec_id, status, output, error } = execution
  terminal.emit({ event: status, exec_id, output, error })
  if (status === 'completed') {
    terminal.print(printableJson(output, 2))
    return exitCodes.clean
  }
  terminal.note(`${exec_id} ${status}${error ? `: ${error.type}: ${error.message}` : ''}`)
  if (error !== null) for (const line of failureDetails(error)) terminal.note(`  ${line}`)
  return exitCodes.failed
}

/** Where a run failed: its task and attempt, then causes and the tool's own stack frames. */
function failureDetails(error: TaskError): string[] {
  const { task, attempts } = error
  const attempt = attempts === undefined ? '' : `, attempt ${attempts}`
  const place = task === undefined ? [] : [`in task ${task}${attempt}`]
  return [...place, ...failureLines(error, '')]
}
