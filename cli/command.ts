import type { BuildInfo } from './build-info.ts'
import type { Flags, ParsedFlags } from './flags.ts'
import type { Terminal } from './terminal.ts'

/** What a command works with; nothing else of the process reaches it. */
export interface CommandContext {
  readonly flags: ParsedFlags
  readonly terminal: Terminal
  readonly env: Readonly<Record<string, string | undefined>>
  readonly build: BuildInfo
  /** Folder that relative paths of the command line start from. */
  readonly cwd: string
  /** Aborted by SIGINT or SIGTERM. */
  readonly signal: AbortSignal
  /** Asks whoever sits there for a line; absent where nobody does. */
  readonly ask?: (question: string) => Promise<string>
}

/** One subcommand. `run` gives the exit code; what it throws is reported by the caller. */
export interface Command {
  readonly name: string
  /** One line for the list of commands. */
  readonly summary: string
  /** Positional arguments as help shows them: `WORKFLOW`. */
  readonly positionals: readonly string[]
  readonly flags: Flags
  /** What help says below the flags: how it works, examples. */
  readonly details: string
  run(context: CommandContext): Promise<number>
}
