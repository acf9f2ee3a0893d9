import { listNames } from '../../engine/core/nearest.ts'
import type { ExecutionDocument } from '../../engine/infra/server/routes/execution-view.ts'
import type { ApiClient } from '../api/api-client.ts'
import type { CommandContext } from '../command.ts'
import { exitCodes } from '../exit.ts'
import { printableJson, widthOf, type Style } from '../line.ts'
import { formatTable, namesInLine, type Cell } from '../table.ts'
import { withCarriedTasks } from './carried-tasks.ts'
import { failureLines } from './failure-lines.ts'
import { pathOfRun } from './find-run.ts'
import { ago, spanOf, statusCell } from './list-runs.ts'
import { countsText, readTasks, type ShownTask } from './read-tasks.ts'

/** One run as the API tells it. */
interface ShownRun extends Omit<ExecutionDocument, 'child_of'> {
  /** Absent in answers of older engines, as `child_of` is. */
  readonly reruns?: readonly string[]
  readonly child_of?: string | null
}

/** Columns of the bars of a timeline, on a terminal of less than `wide` columns and elsewhere. */
const bars = { narrow: 12, wide: 24 } as const
const wide = 100

const taskStyles: Readonly<Record<string, Style>> = {
  completed: 'good',
  failed: 'bad',
  timed_out: 'bad',
  running: 'warn',
  skipped: 'dim',
  canceled: 'dim',
}

/** Shows one run with its tasks as a timeline, and returns the exit code. */
export async function showRun(
  api: ApiClient,
  execId: string,
  { terminal }: CommandContext,
): Promise<number> {
  const run = (await api.call('GET', pathOfRun(execId), 'exec_id')) as ShownRun
  const { tasks, hasMore } = await readTasks(api, execId, terminal.json)
  terminal.emit({ event: 'run', ...run })
  for (const task of tasks) terminal.emit({ event: 'task', ...task })
  const { status, started_at, closed_at, error, input, output } = run
  const { rerun_of, reruns = [], child_of = null } = run
  const took = spanOf(started_at, closed_at)
  const started = terminal.width === undefined ? started_at : ago(started_at)
  const times = `  ${started}  ${took}`
  const headWidth = widthOf(`${run.exec_id}  ${status}${times}`)
  if (headWidth > (terminal.width ?? Infinity)) {
    terminal.print(run.exec_id)
    terminal.print(['  ', statusCell(status), times])
  } else terminal.print([run.exec_id, '  ', statusCell(status), times])
  if (child_of !== null) terminal.print(`started by ${child_of}`)
  if (rerun_of !== null) terminal.print(`repeats ${rerun_of}`)
  if (reruns.length > 0) terminal.print(`repeated by ${listNames(reruns, namesInLine)}`)
  if (error !== null) {
    terminal.print([{ text: `${error.type}: ${error.message}`, style: 'bad' }])
    for (const line of failureLines(error)) terminal.print(line)
  }
  const { tasks: shown, hidden } = withCarriedTasks(tasks, run.tasks)
  if (shown.length > 0) terminal.print('')
  for (const line of formatTable(timelineOf(shown, run, terminal.width), terminal.width))
    terminal.print(line)
  if (hidden > 0) terminal.print(`  … ${hidden} more tasks carried over`)
  const attempts = failedAttempts(tasks)
  if (attempts.length > 0) terminal.print('')
  for (const line of attempts) terminal.print(line)
  if (hasMore) terminal.print(`  … more tasks: --json shows them all`)
  terminal.print('')
  terminal.print(`input   ${printableJson(input ?? null)}`)
  if (status === 'completed') terminal.print(`output  ${printableJson(output ?? null)}`)
  return exitCodes.clean
}

/** Most failed attempts that are listed, each with its causes. */
const listedAttempts = 20

/** Errors of attempts that were tried again, which the table has no room for. */
function failedAttempts(tasks: readonly ShownTask[]): string[] {
  const failed = tasks.flatMap(({ id, attempts = [], attempt_count: count }) =>
    attempts.flatMap(({ attempt, error }) =>
      error === null || count < 2 ? [] : [{ id, attempt, error }],
    ),
  )
  const lines = failed
    .slice(0, listedAttempts)
    .flatMap(({ id, attempt, error }) => [
      `  ${id} attempt ${attempt}: ${error.type}: ${error.message}`,
      ...failureLines(error, '    '),
    ])
  const more = failed.length - listedAttempts
  if (more <= 0) return lines
  return [...lines, `  … ${more} more attempt${more === 1 ? '' : 's'}`]
}

/** Rows of tasks with a bar where each stands in the time of its run. */
function timelineOf(
  tasks: readonly ShownTask[],
  { status, started_at, closed_at }: Pick<ExecutionDocument, 'status' | 'started_at' | 'closed_at'>,
  width: number | undefined,
): Cell[][] {
  const begin = Date.parse(started_at)
  const end = closed_at === null ? Date.now() : Date.parse(closed_at)
  const columns = width !== undefined && width < wide ? bars.narrow : bars.wide
  const columnOf = (time: number): number =>
    Math.round(((time - begin) / Math.max(1, end - begin)) * (columns - 1))
  return tasks.map((task) => {
    const isCarried = task.carried === true
    const from = Math.min(columns - 1, Math.max(0, columnOf(Date.parse(task.started_at))))
    const to = columnOf(task.ended_at === null ? end : Date.parse(task.ended_at))
    const bar = isCarried ? '' : `${' '.repeat(from)}${'█'.repeat(Math.max(1, to - from + 1))}`
    const depth = task.id.split('/').length
    const visit = task.visit > 1 ? ` (visit ${task.visit})` : ''
    const name = `${'  '.repeat(depth)}${task.id.split('/').at(-1)!}${visit}`
    const tries = task.attempt_count > 1 ? `${task.attempt_count} attempts` : ''
    const error = task.error === null ? '' : `${task.error.type}: ${task.error.message}`
    const origin = isCarried ? 'carried over' : ''
    const why = [countsText(task, tasks), origin, error].filter((text) => text !== '').join('; ')
    // The end of the run from outside cut it off.
    const isUnfinished =
      (status === 'terminated' || status === 'timed_out') &&
      task.status === 'canceled' &&
      task.ended_at === closed_at
    const shown = isUnfinished
      ? ({ text: 'unfinished', style: 'bad' } as const)
      : { text: task.status, style: taskStyles[task.status] ?? 'dim' }
    return [
      name,
      shown,
      `|${bar.slice(0, columns).padEnd(columns)}|`,
      spanOf(task.started_at, task.ended_at),
      tries,
      why,
    ]
  })
}
