import { CompozyError } from '../../engine/core/errors.ts'
import type { Command } from '../command.ts'
import { completionScripts, shells } from '../completion/scripts.ts'
import { exitCodes } from '../exit.ts'

/** `compozy completion`. */
export const completion: Command = {
  positionals: [shells.join('|')],
  flags: {},
  details: `
Completes commands, flags, workflows, runs, events and schedules. Names come from the engine that the command would
use (--server, COMPOZY_SERVER, or the running dev of the folder), else from the project's files.

  source <(compozy completion bash)                          # in ~/.bashrc
  source <(compozy completion zsh)                           # in ~/.zshrc, after compinit
  compozy completion fish > ~/.config/fish/completions/compozy.fish`,
  async run({ flags, terminal }) {
    const [given] = flags.positionals
    const shell = shells.find((name) => name === given)
    if (shell === undefined) {
      const what = given === undefined ? 'the shell is missing' : `there is no shell "${given}"`
      throw new CompozyError(
        'usage_invalid',
        `${what}; use: compozy completion ${shells.join('|')}`,
      )
    }
    terminal.print(completionScripts[shell].trimEnd())
    terminal.emit({ event: 'completion', shell, script: completionScripts[shell] })
    return exitCodes.clean
  },
}
