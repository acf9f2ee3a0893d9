import type { Client, WorkflowExecutionDescription } from '@temporalio/client'
import { defined } from '../../../core/defined.ts'
import { CompozyError } from '../../../core/errors.ts'
import type { Project } from '../../../project/project.ts'
import type { CallOptions, Executions } from '../../../executions.ts'
import { warnUnawaited } from '../../../kinds/shared/awaited-signals.ts'
import { createCall, type Call } from '../connection/calls.ts'
import { createAwaitedReader } from './awaited-reader.ts'
import { listenersOf } from './event-listeners.ts'
import { statusOf } from './list-query.ts'
import { createList } from './list-runs.ts'
import { createDescribe, type DescribeRun, type ReadPast } from './read-run.ts'
import { rerunIdFor } from './identity.ts'
import { createRerun } from './rerun-run.ts'
import { createSignalGate } from './pending-signals.ts'
import { createQueryView } from './run-view.ts'
import { readRun } from '../records/read-records.ts'
import { createSharedRecords } from '../records/shared-records.ts'
import { createSharedViews, type SharedViews } from './shared-view.ts'
import { startListeners } from './start-listeners.ts'
import { createStarter } from './start-run.ts'

/** What the executions of a project need. */
export interface TemporalExecutionsOptions {
  readonly client: Client
  /** Returns the current project; `dev` replaces it when files change. */
  readonly project: () => Project
  readonly taskQueue: string
  /** Called for each signal that its run cannot keep. */
  readonly onSignalRefused?: (() => void) | undefined
}

/** Creates the executions port on a Temporal server. */
export function createTemporalExecutions(options: TemporalExecutionsOptions): Executions {
  const { client, project, taskQueue } = options
  const call = createCall(client)
  const find = createFind(client, call, taskQueue)
  const views = createSharedViews(createQueryView(client))
  const readPast = createReadPast(client, call)
  const { describe, waitForClose } = createDescribe(client, call, find, readPast)
  const { start, startListener } = createStarter(options, call, find)

  return {
    start,
    describe,
    view: createView(find, views),
    past: createPast(find, readPast),
    list: createList(client, call, taskQueue),
    result: waitForClose,
    rerun: createRerun(options, call, find),
    isRepetition: ({ exec_id, rerun_of }, key) =>
      rerun_of !== null && exec_id === rerunIdFor(rerun_of, key),
    ...createActions(options, call, find, views),
    async publish(event, callOptions) {
      const listeners = await listenersOf(project(), event.name, event.payload)
      return startListeners(listeners, event, (listener, keyed) =>
        startListener(listener, keyed, callOptions),
      )
    },
  }
}

/** Describes a run of this project; a run of another project is `not_found`. */
function createFind(client: Client, call: Call, taskQueue: string): DescribeRun {
  return async (execId, options) => {
    const what = `execution "${execId}"`
    const found = await call(what, options, () => client.workflow.getHandle(execId).describe())
    if (found.taskQueue !== taskQueue) throw new CompozyError('not_found', `no ${what}`)
    return found
  }
}

/**
 * Views of this project's runs. A run that has closed is another view than the same run while open.
 */
function createView(find: DescribeRun, views: SharedViews): Executions['view'] {
  async function lookUp(execId: string, signal: AbortSignal | undefined) {
    const { status, runId } = await find(execId, defined({ signal }))
    return { status: statusOf(status.code), run_id: runId }
  }
  return async (execId, { described, task, cursor, signal } = {}) => {
    const { status, run_id } = described ?? (await lookUp(execId, signal))
    const closedRunId = status === 'running' ? undefined : run_id
    const request = { closedRunId, signal, ...defined({ task, cursor }) }
    const { askedAt: _askedAt, ...view } = await views.get(execId, request)
    return view
  }
}

/** Reads what the histories of runs tell, once for everybody who asks. */
function createReadPast(client: Client, call: Call): ReadPast {
  const shared = createSharedRecords((run) => readRun(client, call, run))
  return ({ workflowId: execId, runId, status }, options) =>
    shared.get({ execId, runId, closed: statusOf(status.code) !== 'running' }, options)
}

/** Reads the past of this project's runs. */
function createPast(find: DescribeRun, readPast: ReadPast): Executions['past'] {
  return async (execId, options) => {
    const found = await find(execId, options)
    return { status: statusOf(found.status.code), records: await readPast(found, options) }
  }
}

/** What can be done to an open run. */
function createActions(
  { client, project, onSignalRefused }: TemporalExecutionsOptions,
  call: Call,
  find: DescribeRun,
  views: SharedViews,
): Pick<Executions, 'signal' | 'cancel' | 'terminate'> {
  const handleOf = (execId: string) => client.workflow.getHandle(execId)
  const gate = createSignalGate(views, onSignalRefused)
  const awaitedBy = createAwaitedReader(client, project)
  async function findOpen(
    execId: string,
    options: CallOptions | undefined,
  ): Promise<WorkflowExecutionDescription> {
    const found = await find(execId, options)
    const status = statusOf(found.status.code)
    if (status === 'running') return found
    throw new CompozyError('conflict', `execution "${execId}" is closed: ${status}`)
  }
  return {
    async signal(execId, name, payload, options) {
      const describedAt = performance.now()
      const found = await findOpen(execId, options)
      const { historyLength, historySize } = found
      const offered = { execId, name, payload, historyLength, historySize, describedAt }
      const settle = await gate.admit(offered, options)
      const send = () => handleOf(execId).signal(name, payload)
      await call(`execution "${execId}"`, options, send).finally(settle)
      return defined({ warning: warnUnawaited(name, await awaitedBy(found, options)) })
    },
    async cancel(execId, options) {
      await findOpen(execId, options)
      await call(`execution "${execId}"`, options, () => handleOf(execId).cancel())
    },
    async terminate(execId, reason, options) {
      await findOpen(execId, options)
      await call(`execution "${execId}"`, options, () => handleOf(execId).terminate(reason))
    },
  }
}
