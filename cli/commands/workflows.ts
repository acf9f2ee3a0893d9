import { CompozyError } from '../../engine/core/errors.ts'
import type { Workflow } from '../../engine/project/project.ts'
import type { Command } from '../command.ts'
import { exitCodes } from '../exit.ts'
import { settingFlags } from '../setting-flags.ts'
import { formatTable } from '../table.ts'

/** `compozy workflows`. */
export const workflows: Command = {
  positionals: ['[list]'],
  flags: settingFlags(['log']),
  details: `
Reads only the files; no engine needs to run. With --json: one {"event":"workflow",…} per line.

  compozy workflows list --cwd examples/quickstart
  compozy workflows --json`,
  async run(context) {
    const { terminal, flags } = context
    const [action = 'list'] = flags.positionals
    if (action !== 'list')
      throw new CompozyError(
        'usage_invalid',
        `workflows has no action "${action}"; use: compozy workflows list`,
      )
    const { openSession } = await import('../session.ts')
    const { project } = await openSession(context)
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
    for (const line of formatTable(
      [['WORKFLOW', 'VERSION', 'STARTS BY', 'DESCRIPTION'], ...rows],
      terminal.width,
    ))
      terminal.print(line)
    return exitCodes.clean
  },
}

/** Lists what starts a workflow: always the API, maybe a schedule or events. */
function startsBy({ schedule, triggers }: Workflow): string {
  const clock = schedule === undefined ? [] : [`${schedule.cron} ${schedule.timezone}`]
  return ['api', ...clock, ...triggers.map(({ name }) => `event ${name}`)].join(', ')
}
