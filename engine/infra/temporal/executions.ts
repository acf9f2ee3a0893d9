import {
  isGrpcServiceError,
  QueryNotRegisteredError,
  ServiceError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  type Client,
  type WorkflowExecutionDescription,
} from '@temporalio/client'
import { CompozyError, type Violation } from '../../core/errors.ts'
import type { JsonValue } from '../../core/json.ts'
import { didYouMean } from '../../core/nearest.ts'
import type { TaskError } from '../../core/task-error.ts'
import type { Project, Workflow } from '../../project/project.ts'
import type { CallOptions, Execution, Executions, StartRequest } from '../../workflow/executions.ts'
import type { RunStart } from '../../workflow/ir.ts'
import type { RunResult, RunView } from '../../workflow/protocol.ts'
import { createCall } from './calls.ts'
import { execIdFor, memoOf } from './identity.ts'
import { decodeCursor, encodeCursor, listQuery, statusOf, summaryOf } from './list-query.ts'
import { readRunStart, taskErrorOf } from './run-history.ts'

/** What the executions of a project need. */
export interface TemporalExecutionsOptions {
  readonly client: Client
  /** The project as it is now; `dev` exchanges it. */
  readonly project: () => Project
  readonly taskQueue: string
}

/** Signals that a run keeps until a wait takes them; one more is refused, never dropped. */
export const maximumPendingSignals = 1_000

/** gRPC's FAILED_PRECONDITION: what the server answers to a query where no worker has polled lately. */
const noPoller = 9

const rfc3339 = (date: Date | undefined): string | null => date?.toISOString() ?? null

/** The executions port on a Temporal server. */
export function createTemporalExecutions({
  client,
  project,
  taskQueue,
}: TemporalExecutionsOptions): Executions {
  const call = createCall(client)

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
    if (status !== 'running') throw new CompozyError('conflict', `execution "${execId}" is closed: ${status}`)
    return found
  }

  async function startRun(request: StartRequest, input: JsonValue, options: CallOptions | undefined) {
    const { workflowId, trigger, idempotencyKey } = request
    const workflow = workflowOf(workflowId)
    const { definition, sha256, timeoutMs } = workflow
    const start: RunStart = { definition, sha256, input, trigger }
    const execId = execIdFor(taskQueue, workflowId, idempotencyKey)
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

  /** Output and error of a closed run. */
  async function outcomeOf(execId: string): Promise<{ output: JsonValue; error: TaskError | null }> {
    try {
      const result = (await client.workflow.getHandle(execId).result()) as RunResult
      return { output: result.output, error: null }
    } catch (error) {
      if (error instanceof WorkflowFailedError) return { output: null, error: taskErrorOf(error.cause) }
      throw error
    }
  }

  async function describe(execId: string, options?: CallOptions): Promise<Execution> {
    const found = await describeRun(execId, options)
    const status = statusOf(found.status.code)
    return call(`execution "${execId}"`, options, async () => {
      const open = status === 'running'
      const [start, outcome] = await Promise.all([
        readRunStart(client, execId),
        open ? { output: null, error: null } : outcomeOf(execId),
      ])
      const startedAt = start?.carried === undefined ? found.startTime : new Date(start.carried.startedAt)
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
      const query = () => client.workflow.getHandle(execId).query<RunView>('view')
      return call(`tasks of execution "${execId}"`, options, query).catch((error: unknown) => {
        throw isUnanswered(error)
          ? new CompozyError('temporal_timeout', `no worker tells the tasks of "${execId}"`, { cause: error })
          : error
      })
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
      if (historyLength > maximumPendingSignals) await refuseFullBuffer(execId, options)
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
      await call(`execution "${execId}"`, options, () => client.workflow.getHandle(execId).terminate(reason))
    },

    async publish({ name, payload, idempotencyKey }, options) {
      const listeners = [...project().workflows.values()].filter(({ triggers }) =>
        triggers.some((trigger) => trigger.name === name),
      )
      if (listeners.length === 0) {
        const known = [...project().workflows.values()].flatMap(({ triggers }) =>
          triggers.map((trigger) => trigger.name),
        )
        throw new CompozyError(
          'not_found',
          `no workflow listens to event "${name}"${didYouMean(name, known)}`,
        )
      }
      const accepted = listeners.map((workflow) => [workflow, acceptEvent(workflow, name, payload)] as const)
      return Promise.all(
        accepted.map(async ([workflow, input]) => {
          const trigger = { type: 'signal', name } as const
          const key =
            idempotencyKey === undefined ? {} : { idempotencyKey: `event ${name} ${idempotencyKey}` }
          const request = { workflowId: workflow.id, input, trigger, ...key }
          const { exec_id } = await call(`workflow "${workflow.id}"`, options, () =>
            startRun(request, input, options),
          )
          return { workflow_id: workflow.id, exec_id }
        }),
      )
    },
  }

  async function refuseFullBuffer(execId: string, options: CallOptions | undefined): Promise<void> {
    const ask = () => client.workflow.getHandle(execId).query<RunView>('view')
    // Without a worker to ask the signal is kept by the server; the run itself never drops one.
    const view = await call('pending signals', options, ask, 2_000).catch(() => undefined)
    if (view === undefined || view.pending_signals < maximumPendingSignals) return
    const message = `execution "${execId}" has ${view.pending_signals} signals that nothing has taken; one more is refused`
    throw new CompozyError('limit_reached', message)
  }
}

/** Whether a query failed for want of a worker that answers: too late, none there, or one that does not know it. */
function isUnanswered(error: unknown): boolean {
  if (!(error instanceof CompozyError)) return false
  const { cause } = error
  if (error.code === 'temporal_timeout' || cause instanceof QueryNotRegisteredError) return true
  if (!(cause instanceof ServiceError) || !isGrpcServiceError(cause.cause)) return false
  const { code: status }: { code: number } = cause.cause
  return status === noPoller
}

/** A workflow's input from an event, or CompozyError `input_invalid` with the violations of every check. */
function acceptEvent(workflow: Workflow, name: string, payload: JsonValue): JsonValue {
  const violations: Violation[] = workflow.triggers
    .filter((trigger) => trigger.name === name)
    .flatMap((trigger) => trigger.check(payload))
  if (violations.length > 0) {
    const message = `the payload of event "${name}" does not fit workflow "${workflow.id}"`
    throw new CompozyError('input_invalid', message, { violations })
  }
  return workflow.acceptInput(payload)
}
