import { CompozyError } from '../engine/core/errors.ts'
import { didYouMean } from '../engine/core/nearest.ts'
import { readBuildInfo } from './build-info.ts'
import { commands } from './commands/index.ts'
import { exitCodes } from './exit.ts'
import { commonFlags, parseFlags } from './flags.ts'
import { commandHelp, mainHelp } from './help.ts'
import { createTerminal, reportError, type Streams } from './terminal.ts'

/** What the command line is run with; tests give their own. */
export interface MainOptions {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly streams: Streams
  readonly signal: AbortSignal
}

/** Runs one command line and gives its exit code. */
export async function main({ argv, env, cwd, streams, signal }: MainOptions): Promise<number> {
  const build = readBuildInfo()
  const [name, ...args] = argv
  const terminal = createTerminal(streams, args.includes('--json'))
  const debug = /^debug$/.test(env['COMPOZY_LOG_LEVEL'] ?? '') || /--log-level[= ]debug/.test(argv.join(' '))
  try {
    if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
      const asked = name === 'help' ? commands.find((command) => command.name === args[0]) : undefined
      terminal.print(asked === undefined ? mainHelp(commands, build.version) : commandHelp(asked))
      return name === undefined ? exitCodes.badInput : exitCodes.clean
    }
    if (name === '--version' || name === '-v') {
      terminal.print(`compozy ${build.version} (commit ${build.commit}, node ${process.versions.node})`)
      return exitCodes.clean
    }
    const command = commands.find((candidate) => candidate.name === name)
    if (command === undefined) {
      const known = commands.map((candidate) => candidate.name)
      const hint = didYouMean(name, known)
      throw new CompozyError('usage_invalid', `unknown command "${name}"${hint}\nTry: compozy --help`)
    }
    if (args.includes('--help') || args.includes('-h')) {
      terminal.print(commandHelp(command))
      return exitCodes.clean
    }
    const flags = parseFlags(name, { ...command.flags, ...commonFlags }, args, command.positionals)
    return await command.run({ flags, terminal, env, build, cwd, signal })
  } catch (error) {
    return reportError(error, terminal, debug)
  }
}
