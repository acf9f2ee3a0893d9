import { CompozyError } from '../../engine/core/errors.ts'
import { didYouMean } from '../../engine/core/nearest.ts'
import type { Workflow } from '../../engine/project/project.ts'
import { runEvents } from '../../engine/worker/run-log.ts'
import { createApiClient } from '../api-client.ts'
import type { Command } from '../command.ts'
import { startDevEngine } from '../dev/dev-engine.ts'
import { settingFlags } from '../flags.ts'
import { readInput, readServer, readToken } from '../run-options.ts'
import { openSession } from '../session.ts'
import { firstNames } from '../table.ts'
import { watchRun } from '../watch/watch-run.ts'

/** `compozy run`. */
export const run: Command = {
  name: 'run',
  summary: 'Start a run of a workflow, watch it, print its output as JSON',
  positionals: ['WORKFLOW'],
  flags: {
    input: { value: 'JSON', doc: 'Input as JSON, or @FILE to read it from a file (default: {})' },
    server: {
      value: 'URL',
      doc: 'Use the engine at this URL instead of starting one [COMPOZY_SERVER]',
    },
    'token-file': { value: 'FILE', doc: 'File with the API token of that engine' },
    ...settingFlags(['log']),
  },
  details: `
Without --server and COMPOZY_SERVER, the command starts a development engine on free ports for this run and
stops it afterwards. The run stays in the project's .compozy folder. Progress, logs and the console of tools
go to standard error, the output to standard output. Exit code 0: completed. 1: failed, canceled, terminated
or timed out. 2: bad input.

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
    const server = readServer(context) ?? (context.env['COMPOZY_SERVER'] || undefined)
    const options = { ...readToken(context), signal }
    if (server !== undefined)
      return watchRun(createApiClient(server, options), { workflowId, input }, context)
    const session = await openSession(context, {
      hiddenMessages: new Set(Object.values(runEvents)),
    })
    // Refuses a bad start before any server runs.
    findWorkflow(session.project.workflows, workflowId).acceptInput(input)
    const engine = await startDevEngine(context, session, { anyPort: true })
    try {
      return await watchRun(
        createApiClient(engine.ready.api, options),
        { workflowId, input },
        context,
      )
    } finally {
      await engine.stop()
    }
  },
}

function findWorkflow(known: ReadonlyMap<string, Workflow>, id: string): Workflow {
  const workflow = known.get(id)
  if (workflow !== undefined) return workflow
  const message = `no workflow "${id}"${didYouMean(id, known.keys())}\nworkflows: ${firstNames([...known.keys()])}`
  throw new CompozyError('usage_invalid', message)
}
