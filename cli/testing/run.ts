import { resolve } from 'node:path'
import { defined } from '../../engine/core/defined.ts'
import type { CommandContext } from '../command.ts'
import { main } from '../main.ts'
import { captureStreams } from './streams.ts'

const root = resolve(import.meta.dirname, '../..')

/** Surroundings of a command line; by default the root of the repository and no variables. */
export interface RunOptions {
  readonly cwd?: string
  readonly env?: Record<string, string>
  readonly signal?: AbortSignal
  readonly ask?: CommandContext['ask']
}

/** Runs a command line in this process. */
export async function run(argv: readonly string[], options: RunOptions = {}) {
  const { cwd = root, env = {}, signal = new AbortController().signal, ask } = options
  const captured = captureStreams()
  const code = await main(
    defined({
      argv,
      env,
      cwd,
      streams: captured.streams,
      signal,
      ask,
    }),
  )
  return { code, stdout: captured.stdout(), stderr: captured.stderr() }
}

/** The JSON objects of `--json`. */
export const eventsOf = (stdout: string): Record<string, unknown>[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
