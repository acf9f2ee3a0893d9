import { CompozyError } from '../../engine/core/errors.ts'
import { didYouMean } from '../../engine/core/nearest.ts'
import type { ScheduleView } from '../../engine/executions.ts'
import type { ApiClient } from '../api/api-client.ts'
import { openApi, serverFlags } from '../api/server-access.ts'
import type { Command, CommandContext } from '../command.ts'
import { exitCodes } from '../exit.ts'
import { formatTable } from '../table.ts'

type Terminal = CommandContext['terminal']

const resume = async (api: ApiClient, id: string, terminal: Terminal): Promise<void> =>
  list([await api.setSchedule(id, { enabled: true })], terminal)

/** Actions on the schedule of one workflow. Each prints its result. */
const actions: Readonly<
  Record<string, (api: ApiClient, id: string, terminal: Terminal) => Promise<void>>
> = {
  show: async (api, id, terminal) => show(await api.schedule(id), terminal),
  pause: async (api, id, terminal) =>
    list([await api.setSchedule(id, { enabled: false })], terminal),
  resume,
  unpause: resume,
  async trigger(api, id, terminal) {
    const { exec_id } = await api.triggerSchedule(id)
    terminal.emit({ event: 'triggered', workflow_id: id, exec_id })
    if (exec_id !== null) terminal.print(exec_id)
    else terminal.note(`triggered; Temporal has not started the run of ${id} yet`)
  },
}

/** Names of the actions; `unpause` is the former name of `resume`. */
const names = ['list', 'show', 'trigger', 'pause', 'resume']

/** `compozy schedules`. */
export const schedules: Command = {
  positionals: ['[list|show|trigger|pause|resume]', '[WORKFLOW]'],
  flags: serverFlags,
  details: `
Workflow files define the schedules. Pausing and resuming here survives restarts. trigger starts a run now, as the
schedule would, and prints its exec_id. With --json: one {"event":"schedule",…} or {"event":"triggered",…} per line.

  compozy schedules list
  compozy schedules show nightly
  compozy schedules pause nightly --server http://127.0.0.1:8080
  compozy runs watch "$(compozy schedules trigger nightly)"`,
  async run(context) {
    const { flags, terminal } = context
    const [name = 'list', id] = flags.positionals
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined
    if (name !== 'list' && action === undefined) {
      const hint = didYouMean(name, names) || `; use ${names.join(', ')}`
      throw new CompozyError('usage_invalid', `schedules has no action "${name}"${hint}`)
    }
    if (action === undefined && id !== undefined)
      throw new CompozyError('usage_invalid', `schedules list takes no workflow, but got "${id}"`)
    if (action !== undefined && id === undefined)
      throw new CompozyError(
        'usage_invalid',
        `the workflow is missing; use: compozy schedules ${name} WORKFLOW`,
      )
    const api = openApi(context)
    if (action !== undefined) await action(api, id!, terminal)
    else list(await api.schedules(), terminal)
    return exitCodes.clean
  },
}

function list(found: readonly ScheduleView[], terminal: Terminal): void {
  for (const schedule of found) terminal.emit({ event: 'schedule', ...schedule })
  const rows = found.map(
    ({ workflow_id, cron, timezone, enabled, next_run_at, last_run_at, error }) => [
      workflow_id,
      cron,
      timezone,
      stateOf(enabled, error),
      next_run_at ?? '-',
      last_run_at ?? '-',
    ],
  )
  const head = ['WORKFLOW', 'CRON', 'TIMEZONE', 'STATE', 'NEXT RUN', 'LAST RUN']
  if (found.length === 0) return terminal.print('no schedules')
  for (const line of formatTable([head, ...rows], terminal.width)) terminal.print(line)
}

function stateOf(enabled: boolean, error: string | null | undefined) {
  if (error) return { text: 'error', style: 'bad' } as const
  return enabled
    ? ({ text: 'on', style: 'good' } as const)
    : ({ text: 'paused', style: 'warn' } as const)
}

function show(schedule: ScheduleView, terminal: Terminal): void {
  const { workflow_id, cron, timezone, enabled, next_run_at, last_run_at, error } = schedule
  terminal.emit({ event: 'schedule', ...schedule })
  const rows = [
    ['workflow', workflow_id],
    ['cron', cron],
    ['timezone', timezone],
    ['state', stateOf(enabled, error)],
    ['next run', next_run_at ?? '-'],
    ['last run', last_run_at ?? '-'],
    ...(error ? [['error', error]] : []),
  ]
  for (const line of formatTable(rows)) terminal.print(line)
}
