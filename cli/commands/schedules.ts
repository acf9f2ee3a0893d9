import { CompozyError } from '../../engine/core/errors.ts'
import { didYouMean } from '../../engine/core/nearest.ts'
import type { ScheduleView } from '../../engine/executions.ts'
import { createApiClient, type ApiClient } from '../api-client.ts'
import type { Command, CommandContext } from '../command.ts'
import { exitCodes } from '../exit.ts'
import { readServer, readToken } from '../run-options.ts'
import { formatTable } from '../table.ts'

const defaultServer = 'http://127.0.0.1:8080'

type Terminal = CommandContext['terminal']

/** Actions on the schedule of one workflow. Each prints its result. */
const actions: Readonly<
  Record<string, (api: ApiClient, id: string, terminal: Terminal) => Promise<void>>
> = {
  pause: async (api, id, terminal) =>
    show([await api.setSchedule(id, { enabled: false })], terminal),
  unpause: async (api, id, terminal) =>
    show([await api.setSchedule(id, { enabled: true })], terminal),
  async trigger(api, id, terminal) {
    await api.triggerSchedule(id)
    terminal.emit({ event: 'triggered', workflow_id: id })
    terminal.print(`a run of ${id} was started, as its schedule would`)
  },
}

/** `compozy schedules`. */
export const schedules: Command = {
  name: 'schedules',
  summary: 'List the schedules of a running project; pause, unpause or trigger one',
  positionals: ['[list|pause|unpause|trigger]', '[WORKFLOW]'],
  flags: {
    server: { value: 'URL', doc: `URL of the engine (default: ${defaultServer}) [COMPOZY_SERVER]` },
    'token-file': { value: 'FILE', doc: 'File with the API token of that engine' },
  },
  details: `
Workflow files define the schedules. Pausing and unpausing here survives restarts.
With --json: one {"event":"schedule",…} per line.

  compozy schedules list
  compozy schedules pause nightly --server http://127.0.0.1:8080
  compozy schedules trigger nightly`,
  async run(context) {
    const { flags, terminal, env, signal } = context
    const [name = 'list', id] = flags.positionals
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined
    if (name !== 'list' && action === undefined) {
      const hint = didYouMean(name, ['list', ...Object.keys(actions)])
      throw new CompozyError('usage_invalid', `schedules has no action "${name}"${hint}`)
    }
    if (action === undefined && id !== undefined)
      throw new CompozyError('usage_invalid', `schedules list takes no workflow, but got "${id}"`)
    if (action !== undefined && id === undefined)
      throw new CompozyError(
        'usage_invalid',
        `the workflow is missing; use: compozy schedules ${name} WORKFLOW`,
      )
    const server = readServer(context) ?? (env['COMPOZY_SERVER'] || defaultServer)
    const api = createApiClient(server, { ...readToken(context), signal })
    if (action !== undefined) await action(api, id!, terminal)
    else show(await api.schedules(), terminal)
    return exitCodes.clean
  },
}

function show(found: readonly ScheduleView[], terminal: Terminal): void {
  for (const schedule of found) terminal.emit({ event: 'schedule', ...schedule })
  const rows = found.map(({ workflow_id, cron, timezone, enabled, next_run_at, last_run_at }) => [
    workflow_id,
    cron,
    timezone,
    enabled ? 'on' : 'paused',
    next_run_at ?? '-',
    last_run_at ?? '-',
  ])
  const head = ['WORKFLOW', 'CRON', 'TIMEZONE', 'STATE', 'NEXT RUN', 'LAST RUN']
  for (const line of found.length === 0 ? ['no schedules'] : formatTable([head, ...rows]))
    terminal.print(line)
}
