import { defined } from '../../engine/core/defined.ts'
import { CompozyError } from '../../engine/core/errors.ts'
import { didYouMean } from '../../engine/core/nearest.ts'
import type { Page } from '../../engine/executions.ts'
import type { ApiClient } from '../api/api-client.ts'
import type { ServerEvent } from '../api/server-events.ts'
import type { CommandContext } from '../command.ts'
import { exitCodes } from '../exit.ts'
import type { Terminal } from '../terminal.ts'
import { shellWord } from '../shell-word.ts'
import { followStream } from '../watch/follow-stream.ts'
import { engineFlags, repeatFlags } from '../watch/repeat-flags.ts'
import { pathOfRun } from './find-run.ts'

/** A line that a tool printed, as the API tells it. */
interface ShownLine {
  readonly task_id: string
  readonly attempt: number
  readonly stream: string
  readonly time: string
  readonly text: string
  readonly cut_characters?: number
  readonly lines_left_out?: number
}

interface LogAnswer {
  readonly items: readonly ShownLine[]
  readonly next_cursor: string | null
}

/** Lines of one page: the most that the API gives. */
const pageLines = 1_000

function wholeNumber(flag: string, text: string | undefined, least: number): string | undefined {
  if (text === undefined || (/^\d{1,5}$/.test(text) && Number(text) >= least)) return text
  const message = `flag --${flag}="${text}"; it must be a whole number from ${least} to 99999`
  throw new CompozyError('usage_invalid', message)
}

function queryOf({ flags: { values } }: CommandContext): URLSearchParams {
  const attempt = wholeNumber('attempt', values['attempt'], 1)
  const tail = wholeNumber('tail', values['tail'], 0)
  return new URLSearchParams(defined({ task: values['task'], attempt, tail }))
}

function print(line: ShownLine, terminal: Terminal): void {
  const { task_id, attempt, stream, time, text, cut_characters, lines_left_out } = line
  terminal.emit({ event: 'log', ...line })
  // A terminal shows the time of day only; the whole line should fit.
  const shown = terminal.width === undefined ? time : time.slice(11, 19)
  const tries = attempt > 1 ? `#${attempt}` : ''
  const isBad = stream === 'error' || stream === 'stderr'
  const cut = cut_characters === undefined ? '' : ` … ${cut_characters} characters cut`
  if (lines_left_out !== undefined)
    terminal.print([{ text: `… ${lines_left_out} lines left out`, style: 'dim' }])
  const place = `${shown}  ${task_id}${tries}  ${stream}  `
  terminal.print([{ text: place, style: 'dim' }, isBad ? { text, style: 'bad' } : text, cut])
}

/** Tasks whose names are compared with one that is unknown: a page of the API. */
const comparedTasks = '200'

/** Throws `usage_invalid` when the run has started no task of this name. */
async function requireTask(api: ApiClient, execId: string, task: string): Promise<void> {
  const read = (query: Readonly<Record<string, string>>) => {
    const path = `${pathOfRun(execId)}/tasks?${new URLSearchParams(query).toString()}`
    return api.call('GET', path, 'items') as Promise<Page<{ readonly id: string }>>
  }
  try {
    await read({ task, limit: '1' })
  } catch (error) {
    if (!(error instanceof CompozyError) || error.code !== 'not_found') throw error
    const { items } = await read({ limit: comparedTasks })
    const known = new Set(items.map(({ id }) => id))
    const message = `no task "${task}" has started in ${execId}${didYouMean(task, known)}`
    throw new CompozyError('usage_invalid', message, { cause: error })
  }
}

async function listLogs(
  api: ApiClient,
  execId: string,
  { terminal }: CommandContext,
  query: URLSearchParams,
): Promise<number> {
  const path = `${pathOfRun(execId)}/logs`
  if (!query.has('tail')) query.set('limit', String(pageLines))
  let count = 0
  for (;;) {
    const answer = (await api.call('GET', `${path}?${query.toString()}`, 'items')) as LogAnswer
    for (const line of answer.items) print(line, terminal)
    count += answer.items.length
    if (!answer.next_cursor || query.has('tail')) break
    query.set('cursor', answer.next_cursor)
  }
  const task = query.get('task')
  if (count === 0 && task !== null) await requireTask(api, execId, task)
  if (count === 0) terminal.note('no lines')
  return exitCodes.clean
}

async function follow(
  api: ApiClient,
  execId: string,
  { terminal, signal, flags }: CommandContext,
  query: URLSearchParams,
): Promise<number> {
  const path = `${pathOfRun(execId)}/logs`
  let count = 0
  query.set('follow', '1')
  const take = async ({ name, id, data }: ServerEvent): Promise<number | undefined> => {
    if (name === 'end') {
      const task = query.get('task')
      if (count === 0 && task !== null) await requireTask(api, execId, task)
      terminal.emit({ event: 'end', ...(JSON.parse(data) as object) })
      return exitCodes.clean
    }
    if (name === 'log') {
      print(JSON.parse(data) as ShownLine, terminal)
      count++
    }
    if (id === undefined) return undefined
    query.delete('tail')
    query.set('cursor', id)
    return undefined
  }
  const again = repeatFlags(flags, ['follow', 'task', 'attempt', ...engineFlags])
  const continueWith = [`compozy runs logs ${shellWord(execId)}${again}`]
  try {
    const events = () => api.events(`${path}?${query.toString()}`)
    return await followStream(events, take, { execId, continueWith, signal })
  } catch (error) {
    if (signal.aborted) return exitCodes.clean
    throw error
  }
}

/** Prints what the tools of a run printed, and returns the exit code. */
export async function showLogs(
  api: ApiClient,
  execId: string,
  context: CommandContext,
): Promise<number> {
  const query = queryOf(context)
  const isFollowed = context.flags.switches.has('follow')
  return isFollowed ? follow(api, execId, context, query) : listLogs(api, execId, context, query)
}
