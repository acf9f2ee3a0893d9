import {
  WorkflowFailedError,
  type Client,
  type WorkflowExecutionDescription,
} from '@temporalio/client'
import type { CallOptions, Execution, Executions } from '../../../executions.ts'
import { bytesOver } from '../../../core/limits.ts'
import { rerunMemo, type RunStart } from '../../../definition/workflow-ir.ts'
import type { RunResult } from '../../../definition/run-protocol.ts'
import type { RunRecords } from '../../../definition/run-records.ts'
import type { Call } from '../connection/calls.ts'
import { timeoutError } from '../records/timeout-error.ts'
import { statusOf } from './list-query.ts'
import { readRunStart, taskErrorOf, tasksOfResult, tasksOfFailure } from './run-history.ts'

/** Describes a run of this project. Throws CompozyError `not_found`. */
export type DescribeRun = (
  execId: string,
  options: CallOptions | undefined,
) => Promise<WorkflowExecutionDescription>

/** Reads what the history of a run tells. */
export type ReadPast = (
  found: WorkflowExecutionDescription,
  options: CallOptions | undefined,
) => Promise<RunRecords>

/** How long the description of a run waits for its history, ms; it does without a longer one. */
const pastTimeoutMs = 2_000

/** Returns the limit of a run, ms; undefined without one. */
function timeoutOf({ raw }: WorkflowExecutionDescription): number | undefined {
  const { seconds, nanos } = raw.executionConfig?.workflowExecutionTimeout ?? {}
  const ms = Number(seconds ?? 0) * 1_000 + (nanos ?? 0) / 1e6
  return ms > 0 ? ms : undefined
}

/** The fields of a run that its close sets. */
type RunEndFields = Pick<Execution, 'output' | 'error' | 'tasks'>

const stillOpen: RunEndFields = { output: null, error: null, tasks: null }

/** Slack over the wait, so that its own timeout ends it rather than the call's deadline, ms. */
const waitSlackMs = 1_000

/** Reads runs: as they are now, or once they are closed. */
export function createDescribe(
  client: Client,
  call: Call,
  find: DescribeRun,
  readPast: ReadPast,
): { describe: Executions['describe']; waitForClose: Executions['result'] } {
  const readStart = createStartReader(client)
  const describe: Executions['describe'] = async (execId, options) => {
    const found = await find(execId, options)
    const read = () => readExecution(client, found, readStart)
    const execution = await call(`execution "${execId}"`, options, read)
    if (execution.status !== 'timed_out') return execution
    const signal = AbortSignal.timeout(pastTimeoutMs)
    const past = await readPast(found, { signal }).catch(() => undefined)
    return { ...execution, error: timeoutError(timeoutOf(found), past) }
  }
  return {
    describe,
    async waitForClose(execId, timeoutMs, options) {
      const found = await find(execId, options)
      if (statusOf(found.status.code) !== 'running') return describe(execId, options)
      const timeout = AbortSignal.timeout(timeoutMs)
      const signal = options?.signal ? AbortSignal.any([options.signal, timeout]) : timeout
      const wait = () => readEnd(client, execId)
      try {
        await call(`execution "${execId}"`, { signal }, wait, timeoutMs + waitSlackMs)
      } catch (error) {
        if (timeout.aborted) return undefined
        throw error
      }
      return describe(execId, options)
    },
  }
}

/** What an execution shows of the argument it was started with. */
interface ShownStart {
  readonly input: RunStart['input']
  /** When the first run of a chain started, ms since 1970. */
  readonly chainStartedAt: number | undefined
}

/** Starts that are kept, and the largest input of one, in bytes. */
const keptStarts = { count: 500, inputBytes: 16_384 }

/**
 * Reads start arguments. They never change, so small ones are read once for a run that is watched.
 */
function createStartReader(client: Client) {
  const kept = new Map<string, ShownStart>()
  return async (execId: string, runId: string): Promise<ShownStart | undefined> => {
    const known = kept.get(runId)
    if (known !== undefined) return known
    const start = await readRunStart(client, execId, runId)
    if (start === undefined) return undefined
    const shown = { input: start.input, chainStartedAt: start.carried?.startedAt }
    if (bytesOver(start.input, keptStarts.inputBytes) === undefined) kept.set(runId, shown)
    if (kept.size > keptStarts.count) kept.delete(kept.keys().next().value!)
    return shown
  }
}

async function readExecution(
  client: Client,
  found: WorkflowExecutionDescription,
  readStart: ReturnType<typeof createStartReader>,
): Promise<Execution> {
  const { workflowId: execId } = found
  const status = statusOf(found.status.code)
  const [start, end] = await Promise.all([
    readStart(execId, found.runId),
    status === 'running' ? stillOpen : readEnd(client, execId, found.runId),
  ])
  const startedAt = new Date(start?.chainStartedAt ?? found.startTime)
  return {
    exec_id: execId,
    run_id: found.runId,
    workflow_id: found.type,
    status,
    input: start?.input ?? null,
    ...end,
    started_at: startedAt.toISOString(),
    closed_at: found.closeTime?.toISOString() ?? null,
    rerun_of: (found.memo?.[rerunMemo] as string | undefined) ?? null,
    child_of: found.parentExecution?.workflowId ?? null,
  }
}

/** Waits for a run's close and reads how it ended: by default the current run of the exec_id. */
async function readEnd(client: Client, execId: string, runId?: string): Promise<RunEndFields> {
  try {
    const result = (await client.workflow.getHandle(execId, runId).result()) as RunResult
    return { output: result.output, error: null, tasks: tasksOfResult(result) }
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error
    const { cause } = error
    return { output: null, error: taskErrorOf(cause), tasks: tasksOfFailure(cause) }
  }
}
