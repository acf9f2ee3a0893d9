import { CompozyError } from '../../engine/core/errors.ts'
import type { JsonValue } from '../../engine/core/json.ts'
import { didYouMean } from '../../engine/core/nearest.ts'
import type { ApiClient } from '../api/api-client.ts'
import { openApi, serverFlags } from '../api/server-access.ts'
import type { Command, CommandContext } from '../command.ts'
import { exitCodes } from '../exit.ts'
import { readInput } from '../run-options.ts'
import { pathOfRun, withRun } from '../runs/find-run.ts'
import { listRuns } from '../runs/list-runs.ts'
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
    const { values, switches } = call.context.flags
    const input = values['input'] === undefined ? {} : { input: readInput(call.context) }
    const from = switches.has('from-failed') ? 'failed_task' : 'start'
    const definition = switches.has('original') ? 'original' : 'current'
    return act(call, 'rerun', { from, definition, ...input })
  },
}

const usage = (text: string): CompozyError =>
  new CompozyError('usage_invalid', `${text}\nTry: compozy runs --help`)

/** Checks the words of the command line before anything is asked. */
function readWords([name = 'list', execId, signal]: readonly string[]): {
  readonly name: string
  readonly execId: string | undefined
} {
  const names = ['list', ...Object.keys(actions)]
  if (!names.includes(name)) throw usage(`runs has no action "${name}"${didYouMean(name, names)}`)
  if (name === 'list' && execId !== undefined)
    throw usage(`runs list takes no run, but got "${execId}"`)
  if (name !== 'list' && execId === undefined)
    throw usage(`the run is missing; use: compozy runs ${name} EXEC_ID`)
  if (name === 'signal' && signal === undefined)
    throw usage('the signal is missing; use: compozy runs signal EXEC_ID NAME --input JSON')
  if (name !== 'signal' && signal !== undefined)
    throw usage(`unexpected argument "${signal}"; runs ${name} takes one run`)
  return { name, execId }
}

/** `compozy runs`. */
export const runs: Command = {
  positionals: ['[list|show|watch|logs|signal|cancel|terminate|rerun]', '[EXEC_ID]', '[SIGNAL]'],
  flags: {
    ...serverFlags,
    workflow: { value: 'ID', doc: 'list: only runs of this workflow' },
    status: { value: 'LIST', doc: 'list: only these statuses, such as failed,timed_out' },
    error: { value: 'TEXT', doc: 'list: only runs whose error has this text' },
    limit: { value: 'N', doc: 'list: how many runs (default: 20)' },
    follow: { doc: 'logs: print new lines until the run closes' },
    task: { value: 'PATH', doc: 'logs: only lines of this task, such as all/ship' },
    attempt: { value: 'N', doc: 'logs: only lines of this attempt' },
    tail: { value: 'N', doc: 'logs: begin with the last N lines (default: all)' },
    input: { value: 'JSON', doc: 'signal: the payload; rerun: another input; @FILE reads a file' },
    'from-failed': {
      doc: 'rerun: begin at the task that failed, and keep what succeeded before it',
    },
    original: { doc: 'rerun: the definition that the run had, not the current one' },
  },
  details: `
EXEC_ID may be the beginning of an exec_id that no other run has. show draws the tasks as a timeline: when each
started, how long it took, its attempts and its error. It reads the history of the run, open or closed. watch shows an
open run until it closes, and prints its output. logs prints what the tools of a run printed. rerun prints the exec_id
of the new run.
Exit code 0: done. 1: it failed, or the watched run did not complete. 2: bad input. With --json: one object per line.

  compozy runs list --status failed --workflow order
  compozy runs show order-5f2c
  compozy runs watch order-5f2c
  compozy runs logs order-5f2c --follow --tail 20
  compozy runs signal order-5f2c approve --input '{"ok":true}'
  compozy runs rerun order-5f2c --from-failed`,
  async run(context) {
    const { name, execId } = readWords(context.flags.positionals)
    const api = openApi(context)
    const action = actions[name]
    if (action === undefined || execId === undefined) return listRuns(api, context)
    return withRun(api, execId, (found) => action({ api, execId: found, context }))
  },
}
