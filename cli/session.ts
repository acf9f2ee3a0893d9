import { resolve } from 'node:path'
import { loadConfig, type Config } from '../engine/config/config.ts'
import { CompozyError } from '../engine/core/errors.ts'
import type { Logger } from '../engine/core/logger.ts'
import { formatDiagnostics } from '../engine/project/format.ts'
import { loadProject } from '../engine/project/load.ts'
import type { Project } from '../engine/project/project.ts'
import type { CommandContext } from './command.ts'
import { createLogger } from './logger.ts'

/** A project with its configuration, ready to run. */
export interface Session {
  readonly project: Project
  readonly config: Config
  readonly logger: Logger
}

/** Folder of the project that a command line means. */
export function projectDir({ flags, cwd }: Pick<CommandContext, 'flags' | 'cwd'>): string {
  return resolve(cwd, flags.values['cwd'] ?? '.')
}

/** Loads project and configuration; refuses with everything that is wrong at once. Warnings go to standard error. */
export async function openSession(
  context: CommandContext,
  defaults: { logLevel?: string } = {},
): Promise<Session> {
  const { flags, env, terminal } = context
  const loaded = await loadProject(projectDir(context), { env, cwd: context.cwd })
  if (!('project' in loaded)) throw new CompozyError('project_invalid', formatDiagnostics(loaded.diagnostics))
  const { project } = loaded
  const config = loadConfig({ flags: flags.values, env, source: project.source })
  const chosen = flags.values['log-level'] ?? env['COMPOZY_LOG_LEVEL']
  const logger = createLogger(chosen ? config.log.level : (defaults.logLevel ?? config.log.level), {
    pretty: terminal.interactive,
    color: terminal.interactive && !env['NO_COLOR'],
  })
  if (project.warnings.length > 0 && !terminal.json) terminal.note(formatDiagnostics(project.warnings))
  return { project, config, logger }
}
