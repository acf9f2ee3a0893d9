import { CompozyError } from '../../engine/core/errors.ts'
import { defined } from '../../engine/core/defined.ts'
import type { TaskError } from '../../engine/core/task-error.ts'
import type { ApiClient } from '../api/api-client.ts'
import type { CommandContext } from '../command.ts'
import { exitCodes } from '../exit.ts'
import type { Line } from '../line.ts'
import { formatTable, type Cell } from '../table.ts'
import { runsPath } from './find-run.ts'

/** How each run is repeated. */
export interface RerunManner {
  readonly from: 'start' | 'failed_task'
  readonly definition: 'original' | 'current'
}

/** What the API did with each run, or would do. */
interface BulkAnswer {
  readonly dry_run: boolean
  readonly items: readonly {
    readonly exec_id: string
    readonly error: Pick<TaskError, 'type' | 'message'> | null
    readonly rerun: string | null
    readonly problem: { readonly detail: string } | null
  }[]
  /** Left out: a repetition of them is open or has completed. An older server does not tell. */
  readonly already_repeated?: number
  readonly more: boolean
}

/** Most runs that one call of the API repeats. */
const largest = 1_000

function limitOf(text: string): number {
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (limit > 0 && limit <= largest) return limit
  const message = `flag --limit="${text}"; for rerun it must be a whole number from 1 to ${largest}`
  throw new CompozyError('usage_invalid', message)
}

/** Reports whether the flags choose runs to repeat. */
export function choosesRuns({ flags }: CommandContext): boolean {
  return ['workflow', 'status', 'error'].some((name) => flags.values[name] !== undefined)
}

/** Rows of runs, with why each failed, or what repeats it and why it could not be repeated. */
function linesOf({ dry_run, items }: BulkAnswer, width: number | undefined): Line[] {
  if (dry_run) {
    const rows = items.map(({ exec_id, error: failure, problem }): Cell[] => {
      if (problem !== null) return [exec_id, { text: problem.detail, style: 'bad' }]
      return [exec_id, failure === null ? '' : `${failure.type}: ${failure.message}`]
    })
    return formatTable([['EXEC_ID', 'ERROR'], ...rows], width)
  }
  const rows = items.map(({ exec_id, rerun, problem }): Cell[] => [
    exec_id,
    rerun ?? '-',
    { text: problem?.detail ?? '', style: 'bad' },
  ])
  const hasProblem = items.some(({ problem }) => problem !== null)
  const head = ['EXEC_ID', 'REPEATED BY', hasProblem ? 'PROBLEM' : '']
  return formatTable([head, ...rows], width, { kept: 2 })
}

/**
 * Repeats the runs that the flags choose, or shows which with `--dry-run`. Returns the exit code.
 */
export async function rerunMany(
  api: ApiClient,
  context: CommandContext,
  manner: RerunManner,
): Promise<number> {
  const { flags, terminal } = context
  const { workflow, status, error, limit = '100' } = flags.values
  const statuses = status?.split(',')
  const filter = defined({ workflow_id: workflow, status: statuses, error_text: error })
  const dry_run = flags.switches.has('dry-run')
  const body = { filter, ...manner, dry_run, limit: limitOf(limit) }
  const answer = (await api.call('POST', `${runsPath}/rerun`, 'items', body)) as BulkAnswer
  const { items, already_repeated: done = 0, more } = answer
  for (const item of items) terminal.emit({ event: 'rerun', dry_run, ...item })
  if (items.length === 0)
    terminal.print(done === 0 ? 'no runs match' : 'no runs are left to repeat')
  else for (const line of linesOf(answer, terminal.width)) terminal.print(line)
  const failures = items.filter(({ problem }) => problem !== null).length
  if (dry_run && items.length > 0) {
    const count = `${items.length} ${items.length === 1 ? 'run' : 'runs'}`
    const how = choosesRuns(context) ? 'without' : 'with --status failed instead of'
    terminal.note(`${count} would be repeated; ${how} --dry-run they are`)
  }
  if (failures > 0) terminal.note(`${failures} of ${items.length} could not be repeated`)
  if (done > 0) terminal.note(`${done} left out: a repetition of them is open or has completed`)
  if (more) {
    const next = dry_run ? `--limit raises the number, up to ${largest}` : 'repeat the command'
    terminal.note(`further runs match; ${next}`)
  }
  return failures > 0 ? exitCodes.failed : exitCodes.clean
}
