import { formatDuration } from '../../engine/core/time/duration.ts'
import { CompozyError } from '../../engine/core/errors.ts'
import type { ExecutionStatus, ExecutionSummary, Page } from '../../engine/executions.ts'
import type { ApiClient } from '../api/api-client.ts'
import type { CommandContext } from '../command.ts'
import { exitCodes } from '../exit.ts'
import type { Span, Style } from '../line.ts'
import { formatTable } from '../table.ts'
import { runsPath } from './find-run.ts'

const styles: Readonly<Record<ExecutionStatus, Style>> = {
  running: 'warn',
  completed: 'good',
  failed: 'bad',
  canceled: 'dim',
  terminated: 'bad',
  timed_out: 'bad',
}

/** Returns a status as a cell in its color. */
export const statusCell = (status: ExecutionStatus): Span => ({
  text: status,
  style: styles[status],
})

/** Returns how long something took; to now while it is open. */
export function spanOf(startedAt: string, endedAt: string | null): string {
  const end = endedAt === null ? Date.now() : Date.parse(endedAt)
  return formatDuration(Math.max(0, end - Date.parse(startedAt)))
}

/** Returns how long ago something was, in whole seconds. */
export function ago(time: string): string {
  const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(time)) / 1_000))
  return seconds === 0 ? 'now' : `${formatDuration(seconds * 1_000)} ago`
}

/** Largest page of the API. */
const pageSize = 200

/** Reads `--limit`. */
function limitOf(text: string): number {
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0
  if (limit > 0) return limit
  const message = `flag --limit="${text}"; it must be a whole number from 1 to 999999`
  throw new CompozyError('usage_invalid', message)
}

/** The first runs of the list that fit the flags, over as many pages as needed. */
async function readRuns(
  api: ApiClient,
  { flags }: CommandContext,
): Promise<{ readonly items: readonly ExecutionSummary[]; readonly isWhole: boolean }> {
  const { workflow, status, error, limit: text = '20' } = flags.values
  const limit = limitOf(text)
  const query = new URLSearchParams()
  if (workflow !== undefined) query.set('workflow_id', workflow)
  if (status !== undefined) query.set('status', status)
  if (error !== undefined) query.set('error_text', error)
  const items: ExecutionSummary[] = []
  for (;;) {
    query.set('limit', String(Math.min(pageSize, limit - items.length)))
    const answer = await api.call('GET', `${runsPath}?${query.toString()}`, 'items')
    const page = answer as Page<ExecutionSummary>
    items.push(...page.items)
    if (!page.next_cursor) return { items, isWhole: true }
    if (items.length >= limit) return { items, isWhole: false }
    query.set('cursor', page.next_cursor)
  }
}

/** Why a run did not complete. Lists of Temporal have no error of a run that timed out. */
function reasonOf(status: ExecutionStatus, error: ExecutionSummary['error']): string {
  if (error === null) return status === 'timed_out' ? 'took longer than its config.timeout' : ''
  return error.task === undefined ? error.message : `${error.task}: ${error.message}`
}

/** Terminals narrower than this get short ids: else no room is left for the error. */
const narrow = 120
const longId = /^(.+-[0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Shortens ids to beginnings that no other listed run has: commands accept those. */
export function shortIds(ids: readonly string[], width: number | undefined): readonly string[] {
  if (width === undefined || width >= narrow) return ids
  return ids.map((id) => {
    const short = longId.exec(id)?.[1] ?? id
    return ids.filter((other) => other.startsWith(short)).length > 1 ? id : short
  })
}

/** Lists runs, open ones first, then those that closed last, and returns the exit code. */
export async function listRuns(api: ApiClient, context: CommandContext): Promise<number> {
  const { terminal, flags } = context
  const { items, isWhole } = await readRuns(api, context)
  for (const item of items) terminal.emit({ event: 'run', ...item })
  const { width } = terminal
  const startOf = (time: string): string => (width === undefined ? time : ago(time))
  const ids = shortIds(
    items.map(({ exec_id }) => exec_id),
    width,
  )
  const rows = items.map(({ status, started_at, closed_at, error }, i) => [
    ids[i]!,
    statusCell(status),
    startOf(started_at),
    spanOf(started_at, closed_at),
    reasonOf(status, error),
  ])
  const isFiltered = ['workflow', 'status', 'error'].some(
    (name) => flags.values[name] !== undefined,
  )
  if (items.length === 0) terminal.print(isFiltered ? 'no runs match' : 'no runs')
  else
    for (const line of formatTable(
      [['EXEC_ID', 'STATUS', 'STARTED', 'TOOK', 'ERROR'], ...rows],
      width,
    ))
      terminal.print(line)
  if (!isWhole && width !== undefined && !terminal.json)
    terminal.note([{ text: `the first ${items.length}; more with --limit`, style: 'dim' }])
  return exitCodes.clean
}
