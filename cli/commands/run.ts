import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { CompozyError } from '../../engine/core/errors.ts'
import type { JsonValue } from '../../engine/core/json.ts'
import { didYouMean } from '../../engine/core/nearest.ts'
import type { TaskStatus } from '../../engine/workflow/protocol.ts'
import { createApiClient, type ApiClient, type ExecutionDocument } from '../api-client.ts'
import type { Command, CommandContext } from '../command.ts'
import { startDevEngine } from '../dev-engine.ts'
import { exitCodes } from '../exit.ts'
import { settingFlags } from '../flags.ts'
import { openSession } from '../session.ts'
import { changedTasks, formatTaskTree } from '../task-tree.ts'
import type { Terminal } from '../terminal.ts'

const pollMs = 200

/** `compozy run`. */
export const run: Command = {
  name: 'run',
  summary: 'Start one run of a workflow, watch it, print its output as JSON',
  positionals: ['WORKFLOW'],
  flags: {
    input: { value: 'JSON', doc: 'Input as JSON, or @FILE to read it from a file (default: {})' },
    server: { value: 'URL', doc: 'Use the Compozy that runs there, instead of starting one for this run' },
    'token-file': { value: 'FILE', doc: 'API token of that server' },
    ...settingFlags(['log']),
  },
  details: `
Without --server a development engine is started for the run, on free ports, and stopped afterwards; the run is kept in
the project's .compozy folder. Progress goes to standard error, the output to standard output.
Exit code 0: completed. 1: failed, cancelled, terminated or timed out. 2: bad input.

  compozy run order --cwd examples/quickstart --input '{"items":[{"sku":"apple"}]}'
  compozy run order --server http://127.0.0.1:8080 --input @order.json`,
  async run(context) {
    const [workflowId] = context.flags.positionals
    if (workflowId === undefined)
      throw new CompozyError('usage_invalid', 'which workflow? compozy run WORKFLOW --input JSON')
    const input = readInput(context)
    const { server } = context.flags.values
    if (server !== undefined)
      return watch(createApiClient(checkUrl(server), clientOptions(context)), workflowId, input, context)
    const session = await openSession(context, { logLevel: 'warn' })
    const known = session.project.workflows
    if (!known.has(workflowId)) {
      const hint = didYouMean(workflowId, known.keys())
      throw new CompozyError(
        'usage_invalid',
        `no workflow "${workflowId}"${hint}\nthere are: ${[...known.keys()].join(', ')}`,
      )
    }
    const engine = await startDevEngine(context, session, { anyPort: true })
    try {
      return await watch(
        createApiClient(engine.ready.api, clientOptions(context)),
        workflowId,
        input,
        context,
      )
    } finally {
      await engine.stop()
    }
  },
}

function clientOptions({ flags, signal, cwd }: CommandContext): { token?: string; signal: AbortSignal } {
  const file = flags.values['token-file']
  return { signal, ...(file !== undefined && { token: readFileSync(resolve(cwd, file), 'utf8').trim() }) }
}

function checkUrl(text: string): string {
  if (URL.canParse(text) && /^https?:/.test(text)) return text
  throw new CompozyError(
    'usage_invalid',
    `--server "${text}"; it must be a URL such as http://127.0.0.1:8080`,
  )
}

function readInput({ flags, cwd }: CommandContext): JsonValue {
  const given = flags.values['input'] ?? '{}'
  let text = given
  if (given.startsWith('@')) {
    try {
      text = readFileSync(resolve(cwd, given.slice(1)), 'utf8')
    } catch (error) {
      throw new CompozyError('usage_invalid', `--input ${given}: the file can't be read`, { cause: error })
    }
  }
  try {
    return JSON.parse(text) as JsonValue
  } catch (error) {
    throw new CompozyError(
      'usage_invalid',
      `--input is not JSON: ${(error as Error).message}\ngiven: ${text}`,
      { cause: error },
    )
  }
}

async function watch(
  api: ApiClient,
  workflowId: string,
  input: JsonValue,
  context: CommandContext,
): Promise<number> {
  const { terminal, signal } = context
  const { exec_id } = await api.start(workflowId, input)
  terminal.emit({ event: 'started', exec_id, workflow_id: workflowId })
  if (!terminal.interactive && !terminal.json) terminal.note(`started ${exec_id}`)
  const seen = new Map<string, TaskStatus>()
  for (;;) {
    const execution = await api.execution(exec_id)
    show(execution, seen, terminal)
    if (execution.status !== 'running') return finish(execution, terminal)
    await new Promise<void>((done) => {
      const timer = setTimeout(done, pollMs)
      signal.addEventListener('abort', () => (clearTimeout(timer), done()), { once: true })
    })
    if (signal.aborted) {
      terminal.note(`stopped watching; ${exec_id} is still open`)
      return exitCodes.failed
    }
  }
}

function show(execution: ExecutionDocument, seen: Map<string, TaskStatus>, terminal: Terminal): void {
  const tasks = execution.tasks ?? {}
  terminal.redraw([`${execution.exec_id}  ${execution.status}`, ...formatTaskTree(tasks, Date.now())])
  for (const { id, status } of changedTasks(tasks, seen)) {
    terminal.emit({ event: 'task', id, status })
    if (!terminal.interactive && !terminal.json && status !== 'pending') terminal.note(`${id}: ${status}`)
  }
}

function finish(execution: ExecutionDocument, terminal: Terminal): number {
  const { exec_id, status, output, error } = execution
  terminal.emit({ event: status, exec_id, output, error })
  if (status === 'completed') {
    terminal.print(JSON.stringify(output, null, 2))
    return exitCodes.clean
  }
  const reason =
    error === null ? '' : `: ${error.type}: ${error.message}${error.task ? ` (task ${error.task})` : ''}`
  terminal.note(`${exec_id} ${status}${reason}`)
  return exitCodes.failed
}
