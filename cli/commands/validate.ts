import { listNames } from '../../engine/core/nearest.ts'
import { exitCodes } from '../exit.ts'
import type { Command } from '../command.ts'
import { settingFlags } from '../setting-flags.ts'
import { namesInLine } from '../table.ts'

/** `compozy validate`. */
export const validate: Command = {
  positionals: [],
  flags: settingFlags(['log']),
  details: `
Reports every error at once: in files with file:line:column, the line and a caret; in flags and variables with the value
and what is allowed. Exit code 0: no errors, maybe warnings. 2: errors.
With --json: one {"event":"diagnostic",…} per line, then {"event":"validated","ok":…}.

  compozy validate --cwd examples/quickstart`,
  async run(context) {
    const { checkProject, formatChecked } = await import('../session.ts')
    const { diagnosticJson } = await import('../../engine/project/format.ts')
    const { terminal } = context
    const checked = await checkProject(context)
    const { lines, diagnostics, sound } = checked
    for (const line of lines)
      terminal.emit({
        event: 'diagnostic',
        severity: 'error',
        message: line.replace(/^error: /, ''),
      })
    for (const diagnostic of diagnostics)
      terminal.emit({ event: 'diagnostic', ...diagnosticJson(diagnostic) })
    if (lines.length + diagnostics.length > 0 && !terminal.json)
      terminal.note(formatChecked(checked))
    if (sound === undefined) {
      terminal.emit({ event: 'validated', ok: false })
      return exitCodes.badInput
    }
    const { name, workflows, tools } = sound.project
    const ids = [...workflows.keys()]
    const listed = ids.length === 0 ? '' : ` (${listNames(ids, namesInLine)})`
    const counts = `${counted(ids.length, 'workflow')}${listed}, ${counted(tools.size, 'tool')}`
    terminal.print(`${name}: ${counts}; all good`)
    terminal.emit({ event: 'validated', ok: true, workflows: ids, tools: [...tools.keys()] })
    return exitCodes.clean
  },
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
