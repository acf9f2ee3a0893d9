import { formatDuration } from '../../engine/core/duration.ts'
import { CompozyError } from '../../engine/core/errors.ts'
import type { JsonValue } from '../../engine/core/json.ts'
import { didYouMean } from '../../engine/core/nearest.ts'
import type { TaskError } from '../../engine/core/task-error.ts'
import type { ExecutionSummary, Page } from '../../engine/executions.ts'
import type { ExecutionDocument } from '../../engine/infra/server/routes/execution-view.ts'
import { createApiClient, type ApiClient } from '../api-client.ts'
import type { Command, CommandContext } from '../command.ts'
import { exitCodes } from '../exit.ts'
import { readInput, readServer, readToken } from '../run-options.ts'
import { formatTable } from '../table.ts'
import { watchOpenRun } from '../watch/watch-run.ts'

const base = '/api/v0/executions/workflows'
const defaultServer = 'http://127.0.0.1:8080'

/** A task as the API tells it. */
interface ShownTask {
  readonly id: string
  readonly status: string
  readonly visit: number
  readonly started_at: string
  readonly ended_at: string | null
  readonly attempt_count: number
  readonly error: TaskError | null
}

/** One call of the command. `execId` is empty for `list`. */
interface RunsCall {
  readonly api: ApiClient
  readonly execId: string
  readonly context: CommandContext
}

const runPath = (execId: string): string => `${base}/${encodeURIComponent(execId)}`

/** Posts to a run, prints the answer, and returns the exit code. */
async function act({ api, execId, context }: RunsCall, verb: string, body?: JsonValue) {
  const answer = await api.call('POST', `${runPath(execId)}/${verb}`, 'exec_id', body)
  const { exec_id, warning } = answer as { exec_id: string; warning?: string }
  context.terminal.emit({ event: verb.split('/')[0]!, ...(answer as object) })
  context.terminal.print(exec_id)
  if (warning !== undefined) context.terminal.note(`warning: ${warning}`)
  return exitCodes.clean
}

const actions: Readonly<Record<string, (call: RunsCall) => Promise<number>>> = {
  list: async ({ api, context }) => list(api, context),
  show,
  watch: ({ api, execId, context }) => watchOpenRun(api, execId, context),
  async signal(call) {
    const name = call.context.flags.positionals[2]
    if (name === undefined)
      throw new CompozyError(
        'usage_invalid',
        'the signal is missing; use: compozy runs signal EXEC_ID NAME --input JSON',
      )
    return act(call, `signals/${encodeURIComponent(name)}`, readInput(call.context))
  },
  cancel: (call) => act(call, 'cancel'),
  terminate: (call) => act(call, 'terminate', {}),
  async rerun(call) {
    const { values, switches } = call.context.flags
    const input = values['input'] === undefined ? {} : { input: readInput(call.context) }
    const from = switches.has('from-failed') ? 'failed_task' : 'start'
    const definition = switches.has('original') ? 'original' : 'current'
    return act(call, 'rerun', { from, definition, ...input })
  },
}

/** `compozy runs`. */
export const runs: Command = {
  name: 'runs',
  summary: 'List runs; show, watch, signal, cancel, terminate or repeat one',
  positionals: ['[list|show|watch|signal|cancel|terminate|rerun]', '[EXEC_ID]', '[SIGNAL]'],
  flags: {
    server: { value: 'URL', doc: `URL of the engine (default: ${defaultServer}) [COMPOZY_SERVER]` },
    'token-file': { value: 'FILE', doc: 'File with the API token of that engine' },
    workflow: { value: 'ID', doc: 'list: only runs of this workflow' },
    status: { value: 'LIST', doc: 'list: only these statuses, such as failed,timed_out' },
    error: { value: 'TEXT', doc: 'list: only runs whose error has this text' },
    limit: { value: 'N', doc: 'list: how many runs (default: 20)' },
    input: { value: 'JSON', doc: 'signal: the payload; rerun: another input; @FILE reads a file' },
    'from-failed': {
      doc: 'rerun: begin at the task that failed, and keep what succeeded before it',
    },
    original: { doc: 'rerun: the definition that the run had, not the current one' },
  },
  details: `
show draws the tasks as a timeline: when each started, how long it took, its attempts and its error. It reads the
history of the run, open or closed. rerun prints the exec_id of the new run. Exit code 0: done. 1: it failed, or the
watched run did not complete. 2: bad input. With --json: one object per line.

  compozy runs list --status failed --workflow order
  compozy runs show order-5f2c
  compozy runs signal order-5f2c approve --input '{"ok":true}'
  compozy runs rerun order-5f2c --from-failed`,
  async run(context) {
    const { flags, env, signal } = context
    const [name = 'list', execId = ''] = flags.positionals
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined
    if (action === undefined) {
      const hint = didYouMean(name, Object.keys(actions))
      throw new CompozyError('usage_invalid', `runs has no action "${name}"${hint}`)
    }
    if (name === 'list' && execId !== '')
      throw new CompozyError('usage_invalid', `runs list takes no run, but got "${execId}"`)
    if (name !== 'list' && execId === '')
      throw new CompozyError(
        'usage_invalid',
        `the run is missing; use: compozy runs ${name} EXEC_ID`,
      )
    const server = readServer(context) ?? (env['COMPOZY_SERVER'] || defaultServer)
    const api = createApiClient(server, { ...readToken(context), signal })
    return action({ api, execId, context })
  },
}

async function list(api: ApiClient, { flags, terminal }: CommandContext): Promise<number> {
  const { workflow, status, error, limit = '20' } = flags.values
  const query = new URLSearchParams({ limit })
  if (workflow !== undefined) query.set('workflow_id', workflow)
  if (status !== undefined) query.set('status', status)
  if (error !== undefined) query.set('error_text', error)
  const page = await api.call('GET', `${base}?${query.toString()}`, 'items')
  const { items } = page as Page<ExecutionSummary>
  for (const item of items) terminal.emit({ event: 'run', ...item })
  const rows = items.map(({ exec_id, status: state, started_at, closed_at, error: why }) => [
    exec_id,
    state,
    started_at,
    spanOf(started_at, closed_at),
    why === null ? '' : `${why.task === undefined ? '' : `${why.task}: `}${why.message}`,
  ])
  const head = ['EXEC_ID', 'STATUS', 'STARTED', 'TOOK', 'ERROR']
  for (const line of items.length === 0 ? ['no runs'] : formatTable([head, ...rows]))
    terminal.print(line)
  return exitCodes.clean
}

/** Columns of the bars of a timeline. */
const barWidth = 24

async function show({ api, execId, context }: RunsCall): Promise<number> {
  const { terminal } = context
  const run = (await api.call('GET', runPath(execId), 'exec_id')) as ExecutionDocument
  const tasksPath = `${runPath(execId)}/tasks?limit=200`
  const { items } = (await api.call('GET', tasksPath, 'items')) as Page<ShownTask>
  terminal.emit({ event: 'run', ...run })
  for (const task of items) terminal.emit({ event: 'task', ...task })
  const { status, started_at, closed_at, rerun_of, error } = run
  terminal.print(`${execId}  ${status}  ${started_at}  ${spanOf(started_at, closed_at)}`)
  if (rerun_of !== null) terminal.print(`repeats ${rerun_of}`)
  if (error !== null) terminal.print(`${error.type}: ${error.message}`)
  for (const line of formatTable(timelineOf(items, run))) terminal.print(line)
  return exitCodes.clean
}

/** Rows of tasks with a bar where each stands in the time of its run. */
function timelineOf(
  tasks: readonly ShownTask[],
  { started_at, closed_at }: ExecutionDocument,
): string[][] {
  const begin = Date.parse(started_at)
  const end = closed_at === null ? Date.now() : Date.parse(closed_at)
  const columnOf = (time: number): number =>
    Math.round(((time - begin) / Math.max(1, end - begin)) * (barWidth - 1))
  return tasks.map((task) => {
    const from = columnOf(Date.parse(task.started_at))
    const to = columnOf(task.ended_at === null ? end : Date.parse(task.ended_at))
    const bar = `${' '.repeat(Math.max(0, from))}${'█'.repeat(Math.max(1, to - from + 1))}`
    const depth = task.id.split('/').length
    const name = `${'  '.repeat(depth)}${task.id.split('/').at(-1)!}`
    const tries = task.attempt_count > 1 ? `${task.attempt_count} attempts` : ''
    const why = task.error === null ? '' : `${task.error.type}: ${task.error.message}`
    const took = spanOf(task.started_at, task.ended_at)
    return [name, task.status, `|${bar.padEnd(barWidth).slice(0, barWidth)}|`, took, tries, why]
  })
}

function spanOf(startedAt: string, endedAt: string | null): string {
  const end = endedAt === null ? Date.now() : Date.parse(endedAt)
  return formatDuration(Math.max(0, end - Date.parse(startedAt)))
}
