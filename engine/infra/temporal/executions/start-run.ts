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

/** No run was started: there is one of this exec_id. */
interface TakenRun {
  readonly execId: string
  readonly memo: ReturnType<typeof memoOf>
  readonly refusal: Error
}

type BegunRun = { readonly execId: string; readonly runId: string } | TakenRun

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
  /** Starts a run, unless there is one of its exec_id. */
  async function begin(
    { definition, sha256, timeoutMs }: Workflow,
    request: StartRequest,
    input: JsonValue,
  ): Promise<BegunRun> {
    const { workflowId, trigger } = request
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
      return { execId, runId: handle.firstExecutionRunId }
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
      return { execId, memo, refusal: error }
    }
  }

  /** Returns the run that the idempotency key has started, if it has the same input. */
  async function requireSameInput(
    { execId, memo, refusal }: TakenRun,
    { idempotencyKey }: StartRequest,
    options: CallOptions | undefined,
  ): Promise<StartedRun> {
    const existing = await find(execId, options)
    if (existing.memo?.['input_sha256'] !== memo['input_sha256'])
      throw reusedKey(idempotencyKey, refusal)
    return { exec_id: execId, run_id: existing.runId, created: false }
  }

  return {
    start(request, options) {
      return call(`workflow "${request.workflowId}"`, options, async () => {
        const turn = createTurn()
        const workflow = workflowOf(project(), request.workflowId)
        const input = workflow.acceptInput(request.input)
        await turn.yieldIfLong()
        const begun = await begin(workflow, request, input)
        if ('refusal' in begun) return requireSameInput(begun, request, options)
        return { exec_id: begun.execId, run_id: begun.runId, created: true }
      })
    },
    startListener({ workflow, input }, { name, idempotencyKey, keyDecides }, options) {
      const { id } = workflow
      const trigger = { type: 'signal', name } as const
      const request = { workflowId: id, input, trigger, ...defined({ idempotencyKey }) }
      return call(`workflow "${id}"`, options, async () => {
        const begun = await begin(workflow, request, input)
        if ('refusal' in begun && keyDecides !== true)
          await requireSameInput(begun, request, options)
        return { workflow_id: id, exec_id: begun.execId }
      })
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
