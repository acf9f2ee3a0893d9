import { CompozyError } from '../../engine/core/errors.ts'
import type { Workflow } from '../../engine/project/project.ts'
import type { Command } from '../command.ts'
import { exitCodes } from '../exit.ts'
import { settingFlags } from '../flags.ts'
import { openSession } from '../session.ts'
import { formatTable } from '../table.ts'

/** `compozy workflows`. */
export const workflows: Command = {
  name: 'workflows',
  summary: 'List the workflows of a project: what starts them, what they do',
  positionals: ['[list]'],
  flags: settingFlags(['log']),
  details: `
Reads the files alone; nothing has to run. With --json: one {"event":"workflow",…} a line.

  compozy workflows list --cwd examples/quickstart
  compozy workflows --json`,
  async run(context) {
    const { terminal, flags } = context
    const [action = 'list'] = flags.positionals
    if (action !== 'list')
      throw new CompozyError(
        'usage_invalid',
        `workflows ${action}: there is only "compozy workflows list"`,
      )
    const { project } = await openSession(context, { logLevel: 'warn' })
    const all = [...project.workflows.values()]
    for (const { id, version, description, file, schedule, triggers } of all)
      terminal.emit({
        event: 'workflow',
        id,
        version: version ?? null,
        description: description ?? null,
        file,
        schedule: schedule?.cron ?? null,
        triggers: triggers.map(({ name }) => name),
      })
    const rows = all.map((workflow) => [
      workflow.id,
      workflow.version ?? '-',
      startsBy(workflow),
      workflow.description ?? '',
    ])
    for (const line of formatTable([['WORKFLOW', 'VERSION', 'STARTS BY', 'DESCRIPTION'], ...rows]))
      terminal.print(line)
    return exitCodes.clean
  },
}

/** The API starts every workflow; what else does. */
function startsBy({ schedule, triggers }: Workflow): string {
  const clock = schedule === undefined ? [] : [`${schedule.cron} ${schedule.timezone}`]
  return ['api', ...clock, ...triggers.map(({ name }) => `event ${name}`)].join(', ')
}
