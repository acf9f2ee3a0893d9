import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  type Client,
  type WorkflowExecutionDescription,
} from '@temporalio/client'
import { CompozyError } from '../../../core/errors.ts'
import type { JsonValue } from '../../../core/json.ts'
import { didYouMean } from '../../../core/nearest.ts'
import type { Project, Workflow } from '../../../project/project.ts'
import type { CallOptions, Execution, Executions, StartRequest } from '../../../executions.ts'
import type { RunStart } from '../../../definition/workflow-ir.ts'
import type { RunResult } from '../../../definition/run-protocol.ts'
import { createCall } from '../connection/calls.ts'
import { listenersOf } from './event-listeners.ts'
import { execIdFor, memoOf } from './identity.ts'
import { decodeCursor, encodeCursor, listQuery, statusOf, summaryOf } from './list-query.ts'
import { readRunStart, taskErrorOf, tasksOf, tasksOfFailure } from './run-history.ts'
import { createView, maximumPendingSignals, refuseIfFull } from './run-view.ts'

/** What the executions of a project need. */
export interface TemporalExecutionsOptions {
  readonly client: Client
  /** The project as it is now; `dev` exchanges it. */
  readonly project: () => Project
  readonly taskQueue: string
}

type Outcome = Pick<Execution, 'output' | 'error' | 'tasks'>

const notYet: Outcome = { output: null, error: null, tasks: null }

const rfc3339 = (date: Date | undefined): string | null => date?.toISOString() ?? null

/** The executions port on a Temporal server. */
export function createTemporalExecutions({
  client,
  project,
  taskQueue,
}: TemporalExecutionsOptions): Executions {
  const call = createCall(client)
  const view = createView(client)

  function workflowOf(id: string): Workflow {
    const { workflows } = project()
    const found = workflows.get(id)
    if (found !== undefined) return found
    throw new CompozyError('not_found', `no workflow "${id}"${didYouMean(id, workflows.keys())}`)
  }

  /** Describes a run of this project; one of another project is as good as none. */
  async function describeRun(
    execId: string,
    options: CallOptions | undefined,
  ): Promise<WorkflowExecutionDescription> {
    const what = `execution "${execId}"`
    const found = await call(what, options, () => client.workflow.getHandle(execId).describe())
    if (found.taskQueue !== taskQueue) throw new CompozyError('not_found', `no ${what}`)
    return found
  }

  async function describeOpen(
    execId: string,
    options: CallOptions | undefined,
  ): Promise<WorkflowExecutionDescription> {
    const found = await describeRun(execId, options)
    const status = statusOf(found.status.code)
    if (status !== 'running')
      throw new CompozyError('conflict', `execution "${execId}" is closed: ${status}`)
    return found
  }

  async function startRun(
    request: StartRequest,
    input: JsonValue,
    options: CallOptions | undefined,
  ) {
    const { workflowId, trigger, idempotencyKey } = request
    const workflow = workflowOf(workflowId)
    const { definition, sha256, timeoutMs } = workflow
    const start: RunStart = { definition, sha256, input, trigger }
    const execId = execIdFor(taskQueue, request)
    const memo = memoOf(start)
    try {
      const handle = await client.workflow.start(workflowId, {
        workflowId: execId,
        taskQueue,
        args: [start],
        memo,
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        workflowIdConflictPolicy: 'FAIL',
        ...(timeoutMs !== undefined && { workflowExecutionTimeout: timeoutMs }),
      })
      return { exec_id: execId, run_id: handle.firstExecutionRunId, created: true }
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
      const existing = await describeRun(execId, options)
      if (existing.memo?.['input_sha256'] !== memo['input_sha256']) {
        throw new CompozyError(
          'conflict',
          `idempotency key "${idempotencyKey}" was used with another input`,
          { cause: error },
        )
      }
      return { exec_id: execId, run_id: existing.runId, created: false }
    }
  }

  /** How a closed run ended. */
  async function outcomeOf(execId: string): Promise<Outcome> {
    try {
      const result = (await client.workflow.getHandle(execId).result()) as RunResult
      return { output: result.output, error: null, tasks: tasksOf(result) }
    } catch (error) {
      if (!(error instanceof WorkflowFailedError)) throw error
      const { cause } = error
      return { output: null, error: taskErrorOf(cause), tasks: tasksOfFailure(cause) }
    }
  }

  async function describe(execId: string, options?: CallOptions): Promise<Execution> {
    const found = await describeRun(execId, options)
    const status = statusOf(found.status.code)
    return call(`execution "${execId}"`, options, async () => {
      const open = status === 'running'
      const [start, outcome] = await Promise.all([
        readRunStart(client, execId),
        open ? notYet : outcomeOf(execId),
      ])
      const startedAt =
        start?.carried === undefined ? found.startTime : new Date(start.carried.startedAt)
      return {
        exec_id: execId,
        run_id: found.runId,
        workflow_id: found.type,
        status,
        input: start?.input ?? null,
        ...outcome,
        started_at: startedAt.toISOString(),
        closed_at: rfc3339(found.closeTime),
      }
    })
  }

  return {
    start(request, options) {
      return call(`workflow "${request.workflowId}"`, options, async () => {
        const input = workflowOf(request.workflowId).acceptInput(request.input)
        return startRun(request, input, options)
      })
    },

    describe,

    async view(execId, options) {
      await describeRun(execId, options)
      return view(execId, options)
    },

    list(query, options) {
      return call('list of executions', options, async () => {
        const filters = listQuery(taskQueue, query)
        const page = await client.workflowService.listWorkflowExecutions({
          namespace: client.options.namespace,
          pageSize: query.limit,
          nextPageToken: decodeCursor(query.cursor, filters),
          query: filters,
        })
        return {
          items: page.executions.map(summaryOf),
          next_cursor: encodeCursor(page.nextPageToken, filters),
        }
      })
    },

    async result(execId, timeoutMs, options) {
      const found = await describeRun(execId, options)
      if (statusOf(found.status.code) !== 'running') return describe(execId, options)
      const timeout = AbortSignal.timeout(timeoutMs)
      const signal = options?.signal ? AbortSignal.any([options.signal, timeout]) : timeout
      try {
        await call(`execution "${execId}"`, { signal }, () => outcomeOf(execId), timeoutMs + 1_000)
      } catch (error) {
        if (timeout.aborted) return undefined
        throw error
      }
      return describe(execId, options)
    },

    async signal(execId, name, payload, options) {
      const { historyLength } = await describeOpen(execId, options)
      // Each pending signal is an event: a short history can't hold too many, and needs no question to a worker.
      if (historyLength > maximumPendingSignals) await refuseIfFull(view, execId, options)
      await call(`execution "${execId}"`, options, () =>
        client.workflow.getHandle(execId).signal(name, payload),
      )
    },

    async cancel(execId, options) {
      await describeOpen(execId, options)
      await call(`execution "${execId}"`, options, () => client.workflow.getHandle(execId).cancel())
    },

    async terminate(execId, reason, options) {
      await describeOpen(execId, options)
      await call(`execution "${execId}"`, options, () =>
        client.workflow.getHandle(execId).terminate(reason),
      )
    },

    async publish({ name, payload, idempotencyKey }, options) {
      const listeners = listenersOf(project(), name, payload)
      const trigger = { type: 'signal', name } as const
      const key = idempotencyKey === undefined ? {} : { idempotencyKey }
      return Promise.all(
        listeners.map(async ({ workflow: { id }, input }) => {
          const request = { workflowId: id, input, trigger, ...key }
          const start = () => startRun(request, input, options)
          const { exec_id } = await call(`workflow "${id}"`, options, start)
          return { workflow_id: id, exec_id }
        }),
      )
    },
  }
}
