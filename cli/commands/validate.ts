import { exitCodes } from '../exit.ts'
import type { Command } from '../command.ts'
import { projectDir } from '../session.ts'
import { settingFlags } from '../flags.ts'
import { loadConfig } from '../../engine/config/config.ts'
import { diagnosticJson, formatDiagnostics } from '../../engine/project/format.ts'
import { loadProject } from '../../engine/project/load.ts'

/** `compozy validate`. */
export const validate: Command = {
  name: 'validate',
  summary: 'Check compozy.yaml and every workflow without starting anything',
  positionals: [],
  flags: settingFlags(['log']),
  details: `
Reports every error of the project at once, each with file:line:column, the line, a caret and what is allowed.
With --json: one {"event":"diagnostic",…} a line, then {"event":"validated","ok":…}.

  compozy validate --cwd examples/quickstart`,
  async run(context) {
    const { terminal, env, flags } = context
    const loaded = await loadProject(projectDir(context), { env, cwd: context.cwd })
    const diagnostics = 'project' in loaded ? loaded.project.warnings : loaded.diagnostics
    for (const diagnostic of diagnostics)
      terminal.emit({ event: 'diagnostic', ...diagnosticJson(diagnostic) })
    if (diagnostics.length > 0 && !terminal.json) terminal.note(formatDiagnostics(diagnostics))
    if (!('project' in loaded)) {
      terminal.emit({ event: 'validated', ok: false })
      return exitCodes.badInput
    }
    const { project } = loaded
    loadConfig({ flags: flags.values, env, source: project.source })
    const workflows = [...project.workflows.keys()]
    terminal.print(
      `${project.name}: ${workflows.length} workflows (${workflows.join(', ')}), ${project.tools.size} tools; all good`,
    )
    terminal.emit({ event: 'validated', ok: true, workflows, tools: [...project.tools.keys()] })
    return exitCodes.clean
  },
}
