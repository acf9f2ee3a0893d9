import { CompozyError } from '../../engine/core/errors.ts'
import { openApi, serverFlags } from '../api/server-access.ts'
import type { Command } from '../command.ts'
import { exitCodes } from '../exit.ts'
import { readInput } from '../run-options.ts'
import { formatTable } from '../table.ts'

/** The runs that an event started. */
interface StartedRuns {
  readonly executions: readonly { readonly workflow_id: string; readonly exec_id: string }[]
}

/** `compozy events`. */
export const events: Command = {
  positionals: ['publish', 'NAME'],
  flags: {
    input: { value: 'JSON', doc: 'Payload as JSON, or @FILE to read it from a file (default: {})' },
    key: { value: 'KEY', doc: 'Idempotency key: the same key publishes the event once' },
    ...serverFlags,
  },
  details: `
Prints each started run. The payload must match the schema of every listener; one violation starts no run.
Exit code 0: published. 1: nobody listens, or it failed. 2: bad input. With --json: one {"event":"started",…} per line.

  compozy events publish parcel.sent --input '{"to":"Ada"}'
  compozy events publish parcel.sent --input @event.json --key parcel-4711`,
  async run(context) {
    const { flags, terminal } = context
    const [action, name] = flags.positionals
    if (action !== 'publish' || name === undefined) {
      const what = action === 'publish' ? 'the event is missing' : 'events needs publish'
      const message = `${what}; use: compozy events publish NAME --input JSON\nTry: compozy events --help`
      throw new CompozyError('usage_invalid', message)
    }
    const { key } = flags.values
    const headers = key === undefined ? {} : { 'idempotency-key': key }
    const body = { name, payload: readInput(context) }
    const answer = await openApi(context).call(
      'POST',
      '/api/v0/events',
      'executions',
      body,
      headers,
    )
    const { executions } = answer as StartedRuns
    for (const run of executions) terminal.emit({ event: 'started', ...run })
    const rows = executions.map(({ workflow_id, exec_id }) => [exec_id, workflow_id])
    const table = [['EXEC_ID', 'WORKFLOW'], ...rows]
    for (const line of formatTable(table, terminal.width, { kept: 2 })) terminal.print(line)
    return exitCodes.clean
  },
}
