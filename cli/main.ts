import { defined } from '../engine/core/defined.ts'
import { CompozyError } from '../engine/core/errors.ts'
import { didYouMean } from '../engine/core/nearest.ts'
import { readBuildInfo } from './build-info.ts'
import { causesOf } from './error-causes.ts'
import type { CommandContext, NamedCommand } from './command.ts'
import { commands } from './commands/index.ts'
import { completionCall } from './completion/scripts.ts'
import { exitCodes } from './exit.ts'
import { commonFlags, parseFlags } from './flags.ts'
import { commandHelp, mainHelp } from './help.ts'
import { allowsColor, createTerminal, reportError, type Streams } from './terminal.ts'

/** Everything a command line depends on; tests pass their own. */
export interface MainOptions {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly streams: Streams
  readonly signal: AbortSignal
  /** Asks the user on a terminal. */
  readonly ask?: CommandContext['ask']
}

/**
 * Reports whether the log level is debug. Works before the flags are parsed, so that their errors
 * can show stacks.
 */
function isDebug(args: readonly string[], env: MainOptions['env']): boolean {
  const at = args.findLastIndex((arg) => arg === '--log-level' || arg.startsWith('--log-level='))
  const flag = at === -1 ? undefined : (args[at]!.split('=')[1] ?? args[at + 1])
  return (flag ?? env['COMPOZY_LOG_LEVEL']) === 'debug'
}

function findCommand(name: string): NamedCommand {
  const command = commands.find((candidate) => candidate.name === name)
  if (command !== undefined) return command
  const message = name.startsWith('-')
    ? `${name} is before the command; put flags after it: compozy COMMAND [flags]`
    : `unknown command "${name}"${didYouMean(
        name,
        commands.map((candidate) => candidate.name),
      )}`
  throw new CompozyError('usage_invalid', `${message}\nTry: compozy --help`)
}

async function helpOf(command: NamedCommand, { terminal }: Call): Promise<string> {
  return commandHelp(command, await command.load(), terminal.width)
}

/**
 * Reports whether an error comes from the aborted signal: it or one of its causes is the signal's
 * reason or an abort.
 */
function isAbort(thrown: unknown, signal: AbortSignal): boolean {
  if (!signal.aborted) return false
  return causesOf(thrown).some(
    (cause) => cause === signal.reason || (cause instanceof Error && cause.name === 'AbortError'),
  )
}

/** Commands that run until they are stopped. */
const lasting: ReadonlySet<string | undefined> = new Set(['dev', 'start', 'worker', 'top'])

/** What the parts of {@link main} share. */
type Call = MainOptions & Pick<CommandContext, 'build' | 'terminal'>

async function printHelp(name: string | undefined, args: readonly string[], call: Call) {
  const about = name === 'help' ? args.find((arg) => !arg.startsWith('-')) : undefined
  const help =
    about === undefined
      ? mainHelp(commands, call.build.version, call.terminal.width)
      : await helpOf(findCommand(about), call)
  call.streams.stdout.write(`${help}\n`)
  return name === undefined ? exitCodes.badInput : exitCodes.clean
}

function printVersion({ terminal, build }: Call) {
  const { node } = process.versions
  terminal.print(`compozy ${build.version} (commit ${build.commit}, node ${node})`)
  terminal.emit({ event: 'version', ...build, node })
  return exitCodes.clean
}

/** Answers the shell's completion. */
async function complete(args: readonly string[], { env, cwd, streams }: Call) {
  const [kind, ...words] = args
  const { completionLines } = await import('./completion/candidates.ts')
  const { splitLine } = await import('./completion/split-line.ts')
  const typed = kind === 'line' ? splitLine(words[0] ?? '').slice(1) : words
  const lines = await completionLines(typed, commands, { env, cwd })
  streams.stdout.write(lines.map((line) => `${line}\n`).join(''))
  return exitCodes.clean
}

async function runCommand(name: string, args: readonly string[], call: Call) {
  const { terminal, env, cwd, build, signal, ask, streams } = call
  const named = findCommand(name)
  if (args.includes('--help') || args.includes('-h')) {
    streams.stdout.write(`${await helpOf(named, call)}\n`)
    return exitCodes.clean
  }
  const command = await named.load()
  const flags = parseFlags(name, { ...command.flags, ...commonFlags }, args, command.positionals)
  const answers = ask && !terminal.json ? ask : undefined
  return command.run(defined({ flags, terminal, env, build, cwd, signal, ask: answers }))
}

const helpWords: readonly string[] = ['--help', '-h', 'help']

/** Runs one command line and returns its exit code. */
export async function main(options: MainOptions): Promise<number> {
  const { argv, env, streams, signal } = options
  const [name, ...args] = argv
  const terminal = createTerminal(streams, args.includes('--json'), { color: allowsColor(env) })
  const call: Call = { ...options, build: readBuildInfo(), terminal }
  try {
    if (name === undefined || helpWords.includes(name)) return await printHelp(name, args, call)
    if (name === '--version' || name === '-v') return printVersion(call)
    if (name === completionCall) return await complete(args, call)
    return await runCommand(name, args, call)
  } catch (error) {
    terminal.redraw([])
    if (isAbort(error, signal)) {
      // What runs until it is stopped has not failed. Whatever else did not end has.
      const lasts = lasting.has(name)
      terminal.note(`${name}: stopped before it was ${lasts ? 'ready' : 'done'}`)
      return lasts ? exitCodes.clean : exitCodes.failed
    }
    return reportError(error, terminal, isDebug(args, env))
  }
}
