import { CompozyError } from '../../engine/core/errors.ts'
import type { JsonValue } from '../../engine/core/json.ts'
import { didYouMean } from '../../engine/core/nearest.ts'
import type { ApiClient } from '../api/api-client.ts'
import { openApi, serverFlags } from '../api/server-access.ts'
import type { Command, CommandContext } from '../command.ts'
import { exitCodes } from '../exit.ts'
import { requireObeyed } from '../flags.ts'
import { readInput } from '../run-options.ts'
import { pathOfRun, withRun } from '../runs/find-run.ts'
import { listRuns } from '../runs/list-runs.ts'
import { choosesRuns, rerunMany, type RerunManner } from '../runs/rerun-many.ts'
import { showLogs } from '../runs/show-logs.ts'
import { showRun } from '../runs/show-run.ts'
import { watchOpenRun } from '../watch/watch-run.ts'

/** One call of the command on one run. */
interface RunCall {
  readonly api: ApiClient
  readonly execId: string
  readonly context: CommandContext
}

/** Posts to a run, prints the answer, and returns the exit code. */
async function act({ api, execId, context }: RunCall, verb: string, body?: JsonValue) {
  const answer = await api.call('POST', `${pathOfRun(execId)}/${verb}`, 'exec_id', body)
  const { exec_id, warning } = answer as { exec_id: string; warning?: string }
  context.terminal.emit({ event: verb.split('/')[0]!, ...(answer as object) })
  context.terminal.print(exec_id)
  if (warning !== undefined) context.terminal.note(`warning: ${warning}`)
  return exitCodes.clean
}

/** Actions on one run, by name. */
const actions: Readonly<Record<string, (call: RunCall) => Promise<number>>> = {
  show: ({ api, execId, context }) => showRun(api, execId, context),
  logs: ({ api, execId, context }) => showLogs(api, execId, context),
  watch: ({ api, execId, context }) => watchOpenRun(api, execId, context),
  signal(call) {
    const name = call.context.flags.positionals[2]!
    return act(call, `signals/${encodeURIComponent(name)}`, readInput(call.context))
  },
  cancel: (call) => act(call, 'cancel'),
  terminate: (call) => act(call, 'terminate', {}),
  rerun(call) {
    const { context } = call
    const input = context.flags.values['input'] === undefined ? {} : { input: readInput(context) }
    return act(call, 'rerun', { ...mannerOf(context), ...input })
  },
}

function mannerOf({ flags: { switches } }: CommandContext): RerunManner {
  return {
    from: switches.has('from-failed') ? 'failed_task' : 'start',
    definition: switches.has('original') ? 'original' : 'current',
  }
}

const usage = (text: string): CompozyError =>
  new CompozyError('usage_invalid', `${text}\nTry: compozy runs --help`)

/** Checks the words of the command line before anything is asked. */
function readWords(context: CommandContext): {
  readonly name: string
  readonly execId: string | undefined
} {
  const [name = 'list', execId, signal] = context.flags.positionals
  const names = ['list', ...Object.keys(actions)]
  if (!names.includes(name))
    throw usage(
      `runs has no action "${name}"${didYouMean(name, names) || `; use ${names.join(', ')}`}`,
    )
  requireObeyed('runs', name, runs.flags, context.flags)
  if (name === 'list' && execId !== undefined)
    throw usage(`runs list takes no run, but got "${execId}"`)
  if (name === 'rerun') requireOneChoice(context, execId)
  else if (name !== 'list' && execId === undefined)
    throw usage(`the run is missing; use: compozy runs ${name} EXEC_ID`)
  if (name === 'signal' && signal === undefined)
    throw usage('the signal is missing; use: compozy runs signal EXEC_ID NAME --input JSON')
  if (name !== 'signal' && signal !== undefined)
    throw usage(`unexpected argument "${signal}"; runs ${name} takes one run`)
  return { name, execId }
}

/** Refuses a rerun that repeats runs without naming or choosing them, or that does both. */
function requireOneChoice(context: CommandContext, execId: string | undefined): void {
  const isChosen = choosesRuns(context)
  const { values, switches } = context.flags
  const isForSeveral = isChosen || switches.has('dry-run') || values['limit'] !== undefined
  if (execId === undefined && !isChosen && !switches.has('dry-run'))
    throw usage(
      'the run is missing; use: compozy runs rerun EXEC_ID, or choose runs with --workflow, --status or --error, first with --dry-run',
    )
  if (execId !== undefined && isForSeveral)
    throw usage(
      'filters, --limit and --dry-run are for several runs; leave them out, or leave out the EXEC_ID',
    )
  if (execId === undefined && values['input'] !== undefined)
    throw usage('--input is for one run; name its EXEC_ID')
}

/** Actions that choose runs by filters. */
const choosing = ['list', 'rerun'] as const

/** `compozy runs`. */
export const runs: Command = {
  positionals: ['[list|show|watch|logs|signal|cancel|terminate|rerun]', '[EXEC_ID]', '[SIGNAL]'],
  flags: {
    ...serverFlags,
    workflow: { value: 'ID', doc: 'list, rerun: only runs of this workflow', actions: choosing },
    status: {
      value: 'LIST',
      doc: 'list, rerun: only these statuses, such as failed,timed_out',
      actions: choosing,
    },
    error: {
      value: 'TEXT',
      doc: 'list, rerun: only runs whose error has this text in its first 1 KiB',
      actions: choosing,
    },
    limit: {
      value: 'N',
      doc: 'how many runs (default: list 20, rerun 100)',
      actions: choosing,
    },
    follow: { doc: 'logs: print new lines until the run closes', actions: ['logs'] },
    task: {
      value: 'PATH',
      doc: 'logs: only lines of this task and of those inside it, such as all/ship',
      actions: ['logs'],
    },
    attempt: { value: 'N', doc: 'logs: only lines of this attempt', actions: ['logs'] },
    tail: {
      value: 'N',
      doc: 'logs: begin with the last N lines (default: all)',
      actions: ['logs'],
    },
    input: {
      value: 'JSON',
      doc: 'signal: the payload; rerun: another input; @FILE reads a file',
      actions: ['signal', 'rerun'],
    },
    'from-failed': {
      doc: 'rerun: begin at the task in which the run ended, and keep what succeeded before it',
      actions: ['rerun'],
    },
    'dry-run': {
      doc: 'rerun by filters, or of all that failed: only show which runs would be repeated',
      actions: ['rerun'],
    },
    original: {
      doc: 'rerun: the definition that the run had, not the current one',
      actions: ['rerun'],
    },
  },
  details: `
EXEC_ID may be the beginning of an exec_id that no other run has. show draws the tasks as a timeline: when each
started, how long it took, its attempts and its error. It reads the history of the run, open or closed. watch shows an
open run until it closes, and prints its output. logs prints what the tools of a run printed. rerun prints the exec_id
of the new run. Without EXEC_ID, rerun repeats the runs that its filters choose: those that failed, unless --status
says otherwise. It needs a filter, or --dry-run, which only shows them.
Exit code 0: done. 1: it failed, or the watched run did not complete. 2: bad input. With --json: one object per line.

  compozy runs list --status failed --workflow order
  compozy runs show order-5f2c
  compozy runs watch order-5f2c
  compozy runs logs order-5f2c --follow --tail 20
  compozy runs signal order-5f2c approve --input '{"ok":true}'
  compozy runs rerun order-5f2c --from-failed
  compozy runs rerun --dry-run
  compozy runs rerun --workflow order --error refused --from-failed --dry-run`,
  async run(context) {
    const { name, execId } = readWords(context)
    const api = openApi(context)
    if (name === 'rerun' && execId === undefined) return rerunMany(api, context, mannerOf(context))
    const action = actions[name]
    if (action === undefined || execId === undefined) return listRuns(api, context)
    return withRun(api, execId, (found) => action({ api, execId: found, context }))
  },
}
