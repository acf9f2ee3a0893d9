import { CompozyError } from '../../engine/core/errors.ts'
import { createApiClient } from '../api/api-client.ts'
import { findServer, serverFlags } from '../api/server-access.ts'
import type { Command } from '../command.ts'
import { settingFlags } from '../setting-flags.ts'
import { readInput, readToken } from '../run-options.ts'
import { watchRun } from '../watch/watch-run.ts'

/** `compozy run`. */
export const run: Command = {
  positionals: ['WORKFLOW'],
  flags: {
    input: { value: 'JSON', doc: 'Input as JSON, or @FILE to read it from a file (default: {})' },
    ...serverFlags,
    server: {
      value: 'URL',
      doc: 'URL of the engine (default: the running dev of this folder, else one of its own) [COMPOZY_SERVER]',
    },
    ...settingFlags(['log']),
  },
  details: `
Uses the engine of --server or COMPOZY_SERVER, else the running dev of this folder. Without one, it starts a
development engine on free ports for this run and stops it afterwards; the run stays in the project's .compozy
folder. Ctrl-C stops watching, not the run, and prints the command that continues it. Progress, logs and the
console of tools go to standard error, the output to standard output. Exit code 0: completed. 1: failed, canceled,
terminated or timed out. 2: bad input.

  compozy run order --cwd examples/quickstart --input '{"items":[{"sku":"apple"}]}'
  compozy run order --server http://127.0.0.1:8080 --input @order.json`,
  async run(context) {
    const { flags, signal } = context
    const [workflowId] = flags.positionals
    if (workflowId === undefined)
      throw new CompozyError(
        'usage_invalid',
        'the workflow is missing; use: compozy run WORKFLOW --input JSON\nTry: compozy run --help',
      )
    const input = readInput(context)
    const start = { workflowId, input }
    const options = { ...readToken(context), signal }
    const server = findServer(context)
    if (server !== undefined) return watchRun(createApiClient(server, options), start, context)
    const { runOnce } = await import('../dev/run-once.ts')
    return runOnce(start, context)
  },
}
