import { CompozyError } from '../../engine/core/errors.ts'
import type { JsonValue } from '../../engine/core/json.ts'
import { didYouMean, listNames } from '../../engine/core/nearest.ts'
import type { Workflow } from '../../engine/project/project.ts'
import { runEvents } from '../../engine/worker/run-log.ts'
import { createApiClient } from '../api/api-client.ts'
import type { CommandContext } from '../command.ts'
import { openSession } from '../session.ts'
import { namesInLine } from '../table.ts'
import { watchRun } from '../watch/watch-run.ts'
import { startDevEngine } from './dev-engine.ts'

/** Starts a run on a new development engine and watches it. Returns the exit code. */
export async function runOnce(
  start: { readonly workflowId: string; readonly input: JsonValue },
  context: CommandContext,
): Promise<number> {
  const session = await openSession(context, {
    hiddenMessages: new Set(Object.values(runEvents)),
  })
  // Refuses a bad start before any server runs.
  findWorkflow(session.project.workflows, start.workflowId).acceptInput(start.input)
  const engine = await startDevEngine(context, session, { anyPort: true })
  try {
    const api = createApiClient(engine.ready.api, { signal: context.signal })
    return await watchRun(api, start, context, { ownEngine: true })
  } finally {
    await engine.stop()
  }
}

function findWorkflow(known: ReadonlyMap<string, Workflow>, id: string): Workflow {
  const workflow = known.get(id)
  if (workflow !== undefined) return workflow
  const message = `no workflow "${id}"${didYouMean(id, known.keys())}\nworkflows: ${listNames(known.keys(), namesInLine)}`
  throw new CompozyError('usage_invalid', message)
}
