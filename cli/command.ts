import type { BuildInfo } from './build-info.ts'
import type { Flags, ParsedFlags } from './flags.ts'
import type { Terminal } from './terminal.ts'

/** Everything a command may use of the process. */
export interface CommandContext {
  readonly flags: ParsedFlags
  readonly terminal: Terminal
  readonly env: Readonly<Record<string, string | undefined>>
  readonly build: BuildInfo
  /** Base folder for relative paths. */
  readonly cwd: string
  /** Aborted by SIGINT or SIGTERM. */
  readonly signal: AbortSignal
  /** Asks the user for a line; absent without a terminal. */
  readonly ask?: (question: string) => Promise<string>
}

/** What a command line says: its flags, the environment, and the folder that it was called in. */
export type Invocation = Pick<CommandContext, 'flags' | 'env' | 'cwd'>

/** One subcommand. `run` returns the exit code; the caller reports what it throws. */
export interface Command {
  /** Positional arguments, as help shows them: `WORKFLOW`. */
  readonly positionals: readonly string[]
  readonly flags: Flags
  /** Text of the help below the flags: how it works, examples. */
  readonly details: string
  run(context: CommandContext): Promise<number>
}

/** A subcommand that is not loaded yet. */
export interface NamedCommand {
  readonly name: string
  /** One line for the list of commands. */
  readonly summary: string
  load(): Promise<Command>
}
