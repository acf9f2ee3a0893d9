import type { Client, WorkflowExecutionDescription } from '@temporalio/client'
import type { WorkflowIr } from '../../../definition/workflow-ir.ts'
import { standardKinds } from '../../../kinds/index.ts'
import { awaitedSignals } from '../../../kinds/shared/awaited-signals.ts'
import type { Project } from '../../../project/project.ts'
import type { CallOptions } from '../../../executions.ts'
import { createCall } from '../connection/calls.ts'
import { readRunStart } from './run-history.ts'

/** Returns the signals that a run's tasks wait for; undefined where that is not known. */
export type AwaitedReader = (
  run: WorkflowExecutionDescription,
  options?: CallOptions,
) => Promise<ReadonlySet<string> | undefined>

/** How long a history may take to be read, ms: the signal has been sent, and its sender waits. */
const readTimeoutMs = 2_000
/** Definitions whose signals are remembered. */
const keptDefinitions = 500

/**
 * Reads the awaited signals from the definition that a run was started with. An older one than the
 * project's is read from the run's history, once.
 */
export function createAwaitedReader(
  client: Client,
  project: () => Project,
  timeoutMs = readTimeoutMs,
): AwaitedReader {
  const call = createCall(client)
  const known = new Map<string, ReadonlySet<string> | undefined>()

  async function definitionOf(
    { type, workflowId, runId }: WorkflowExecutionDescription,
    sha256: string,
    caller: AbortSignal | undefined,
  ): Promise<WorkflowIr | undefined> {
    const current = project().workflows.get(type)
    if (current?.sha256 === sha256) return current.definition
    const timeout = AbortSignal.timeout(timeoutMs)
    const signal = caller === undefined ? timeout : AbortSignal.any([caller, timeout])
    const read = () => readRunStart(client, workflowId, runId)
    return (await call(`execution "${workflowId}"`, { signal }, read, timeoutMs))?.definition
  }

  return async (run, { signal } = {}) => {
    const sha256 = run.memo?.['definition_sha256']
    if (typeof sha256 !== 'string') return undefined
    if (known.has(sha256)) return known.get(sha256)
    try {
      const definition = await definitionOf(run, sha256, signal)
      const awaited = definition && awaitedSignals(definition, standardKinds)
      known.set(sha256, awaited)
      if (known.size > keptDefinitions) known.delete(known.keys().next().value!)
      return awaited
    } catch {
      // The run has the signal: what is missing is the advice.
      return undefined
    }
  }
}
