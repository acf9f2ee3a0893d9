import { stringify } from 'yaml'
import { ruleFiles } from '../../engine/infra/monitoring/public/index.ts'
import type { CommandContext } from '../command.ts'
import { exitCodes } from '../exit.ts'
import { openSession } from '../session.ts'

/** Prints the alert rules for a project's own buckets and objectives, and returns the exit code. */
export async function printRules(context: CommandContext): Promise<number> {
  const { config, project } = await openSession(context)
  const objectives = [...project.workflows.values()].map(({ definition, objectives: own }) => ({
    workflow: definition.id,
    ...own,
  }))
  const files = ruleFiles({ buckets: config.monitoring.buckets, objectives })
  const groups = Object.values(files).flatMap((file) => file.groups)
  context.terminal.emit({ event: 'rules', groups })
  context.terminal.print(
    `# Alert rules of Compozy for ${project.name}, from compozy metrics rules.\n${stringify({ groups }, { lineWidth: 0, singleQuote: true })}`.trimEnd(),
  )
  return exitCodes.clean
}
