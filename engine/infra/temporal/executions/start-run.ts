import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client'
import { defined } from '../../../core/defined.ts'
import { CompozyError } from '../../../core/errors.ts'
import type { JsonValue } from '../../../core/json.ts'
import { didYouMean } from '../../../core/nearest.ts'
import type { Project, Workflow } from '../../../project/project.ts'
import type { CallOptions, Executions, StartRequest } from '../../../executions.ts'
import type { RunStart } from '../../../definition/workflow-ir.ts'
import type { Call } from '../connection/calls.ts'
import { requireStartBudget } from '../connection/payload-budget.ts'
import type { ListeningWorkflow } from './event-listeners.ts'
import { execIdFor, memoOf } from './identity.ts'
import { createTurn } from './long-turn.ts'
import type { DescribeRun } from './read-run.ts'

type StartedRun = Awaited<ReturnType<Executions['start']>>
/** An event as its publisher gives it. */
export type PublishedEvent = Parameters<Executions['publish']>[0]
/** A run that an event started. */
export type PublishedRun = Awaited<ReturnType<Executions['publish']>>[number]

/** Starts runs, for callers of the API and for events. */
export interface RunStarter {
  readonly start: Executions['start']
  /** Starts the run of one listener to an event; the same idempotency key starts it once. */
  startListener(
    listener: ListeningWorkflow,
    event: PublishedEvent,
    options: CallOptions | undefined,
  ): Promise<PublishedRun>
}

interface RunStarterOptions {
  readonly client: Client
  readonly project: () => Project
  readonly taskQueue: string
}

/** {@link RunStarter} on one task queue. */
export function createStarter(
  { client, project, taskQueue }: RunStarterOptions,
  call: Call,
  find: DescribeRun,
): RunStarter {
  async function startRun(
    request: StartRequest,
    input: JsonValue,
    options: CallOptions | undefined,
  ): Promise<StartedRun> {
    const { workflowId, trigger } = request
    const { definition, sha256, timeoutMs } = workflowOf(project(), workflowId)
    const start: RunStart = { definition, sha256, input, trigger }
    const turn = createTurn()
    requireStartBudget(start)
    await turn.yieldIfLong()
    const execId = execIdFor(taskQueue, request)
    const memo = memoOf(start)
    await turn.yieldIfLong()
    try {
      const handle = await client.workflow.start(workflowId, {
        workflowId: execId,
        taskQueue,
        args: [start],
        memo,
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        workflowIdConflictPolicy: 'FAIL',
        ...defined({ workflowExecutionTimeout: timeoutMs }),
      })
      return { exec_id: execId, run_id: handle.firstExecutionRunId, created: true }
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
      const existing = await find(execId, options)
      if (existing.memo?.['input_sha256'] !== memo['input_sha256'])
        throw reusedKey(request.idempotencyKey, error)
      return { exec_id: execId, run_id: existing.runId, created: false }
    }
  }

  return {
    start(request, options) {
      return call(`workflow "${request.workflowId}"`, options, async () => {
        const turn = createTurn()
        const input = workflowOf(project(), request.workflowId).acceptInput(request.input)
        await turn.yieldIfLong()
        return startRun(request, input, options)
      })
    },
    async startListener({ workflow: { id }, input }, { name, idempotencyKey }, options) {
      const trigger = { type: 'signal', name } as const
      const request = { workflowId: id, input, trigger, ...defined({ idempotencyKey }) }
      const start = () => startRun(request, input, options)
      const { exec_id } = await call(`workflow "${id}"`, options, start)
      return { workflow_id: id, exec_id }
    },
  }
}

/** Returns a workflow of the project. Throws CompozyError `not_found` with the nearest name. */
export function workflowOf({ workflows }: Project, id: string): Workflow {
  const found = workflows.get(id)
  if (found !== undefined) return found
  throw new CompozyError('not_found', `no workflow "${id}"${didYouMean(id, workflows.keys())}`)
}

function reusedKey(key: string | undefined, cause: unknown): CompozyError {
  const message = `idempotency key "${key}" was already used with a different input`
  return new CompozyError('conflict', message, { cause })
}
