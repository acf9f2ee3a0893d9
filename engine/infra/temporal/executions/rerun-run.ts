import { isDeepStrictEqual } from 'node:util'
import {
  WorkflowExecutionAlreadyStartedError,
  type Client,
  type WorkflowExecutionDescription,
} from '@temporalio/client'
import { defined } from '../../../core/defined.ts'
import { CompozyError } from '../../../core/errors.ts'
import { isJsonObject, type JsonValue } from '../../../core/json.ts'
import {
  rerunMemo,
  rerunRequestMemo,
  type CarriedState,
  type RunStart,
  type WorkflowIr,
} from '../../../definition/workflow-ir.ts'
import type { Executions, RerunRequest } from '../../../executions.ts'
import type { Project, Workflow } from '../../../project/project.ts'
import type { Call } from '../connection/calls.ts'
import { requireRerunBudget } from '../connection/payload-budget.ts'
import { readRun } from '../records/read-records.ts'
import { hashOf, memoOf, rerunIdFor } from './identity.ts'
import { statusOf } from './list-query.ts'
import type { DescribeRun } from './read-run.ts'
import { readRunStart } from './run-history.ts'
import { workflowOf } from './start-run.ts'

interface RerunOptions {
  readonly client: Client
  readonly project: () => Project
  readonly taskQueue: string
}

type PinnedDefinition = Pick<RunStart, 'definition' | 'sha256'>
type Described = WorkflowExecutionDescription

/** Repeats closed runs: from the start, or from the task in which they ended. */
export function createRerun(
  { client, project, taskQueue }: RerunOptions,
  call: Call,
  find: DescribeRun,
): Executions['rerun'] {
  async function readPast({ workflowId: execId, runId }: Described, request: RerunRequest) {
    if (request.from === 'failed_task') return readRun(client, call, { execId, runId })
    const start = await call(`execution "${execId}"`, undefined, () =>
      readRunStart(client, execId, runId),
    )
    return { start, run: undefined }
  }

  /** What the new run is started with. */
  async function prepare(found: Described, request: RerunRequest): Promise<RunStart> {
    const { execId, from, definition: wanted } = request
    const { start, run } = await readPast(found, request)
    if (start?.definition === undefined)
      throw refused(execId, 'was not started by Compozy, so its input is unknown')
    const current = project().workflows.get(found.type)
    const own: PinnedDefinition =
      wanted === 'current'
        ? workflowOf(project(), found.type)
        : { definition: start.definition, sha256: start.sha256 }
    // null is an input of its own.
    const given = request.input === undefined ? start.input : request.input
    const isGiven = request.input !== undefined
    // The schema of then is not kept, and the current one knows only the current definition.
    const isChecked = wanted === 'current' && current !== undefined
    const input = isChecked ? accept(current, given, isGiven) : given
    const next: RunStart = {
      definition: own.definition,
      sha256: own.sha256,
      input,
      trigger: { type: 'rerun', name: execId },
    }
    if (from === 'start') return next
    const isSame = own.sha256 === start.sha256
    // Routes and items were chosen by the input of then.
    const keepsChildren = isSame && isDeepStrictEqual(input, start.input)
    const carried = run?.restart({ startedAt: Date.now(), keepsChildren })
    if (carried === undefined)
      throw refused(execId, 'did not end in a task; repeat it from the start')
    if (!isSame) requireFit(execId, carried, start.definition, own.definition)
    return { ...next, carried }
  }

  return async (request, options) => {
    const { execId, idempotencyKey } = request
    const found = await find(execId, options)
    const status = statusOf(found.status.code)
    if (status === 'running')
      throw refused(execId, 'is still open; wait until it closes, or cancel it')
    if (status === 'completed' && request.from === 'failed_task')
      throw refused(execId, 'completed, so it has no failed task; repeat it from the start')
    const start = await prepare(found, request)
    requireRerunBudget(start)
    const newId = rerunIdFor(execId, idempotencyKey)
    const asked = hashOfRequest(request)
    const timeoutMs = project().workflows.get(found.type)?.timeoutMs
    await call(`execution "${execId}"`, options, async () => {
      try {
        await client.workflow.start(found.type, {
          workflowId: newId,
          taskQueue,
          args: [start],
          memo: { ...memoOf(start), [rerunMemo]: execId, [rerunRequestMemo]: asked },
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
          workflowIdConflictPolicy: 'FAIL',
          ...defined({ workflowExecutionTimeout: timeoutMs }),
        })
      } catch (error) {
        // The same key repeats the run once.
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
        const { memo } = await find(newId, options)
        // Earlier engines did not keep it.
        if ((memo?.[rerunRequestMemo] ?? asked) !== asked)
          throw usedOtherwise(idempotencyKey, execId, error)
      }
    })
    return { exec_id: newId, workflow_id: found.type, rerun_of: execId }
  }
}

/** The same for requests that ask for the same repetition. */
function hashOfRequest({ from, definition, input }: RerunRequest): string {
  return hashOf(defined({ from, definition, input }))
}

function usedOtherwise(key: string | undefined, execId: string, cause: unknown): CompozyError {
  const message =
    `idempotency key "${key}" was already used to repeat execution "${execId}" with another ` +
    'from, definition or input; take a new key'
  return new CompozyError('conflict', message, { cause })
}

/** Checks an input. Who repeats a run did not write the input of then, and gets advice. */
function accept(workflow: Workflow, input: JsonValue, isGiven: boolean): JsonValue {
  try {
    return workflow.acceptInput(input)
  } catch (error) {
    if (isGiven || !(error instanceof CompozyError)) throw error
    const { code, message, violations } = error
    const advice = 'this is the input of the repeated run; give another "input"'
    const text = `${message}; ${advice}, or "definition": "original"`
    throw new CompozyError(code, text, { cause: error, violations })
  }
}

function refused(execId: string, why: string): CompozyError {
  return new CompozyError('conflict', `execution "${execId}" ${why}`)
}

/**
 * Throws `conflict` when a definition lacks a task that the run has passed or ended in: templates
 * after it may read that task's output.
 */
function requireFit(
  execId: string,
  { following, records }: CarriedState,
  before: WorkflowIr,
  now: WorkflowIr,
): void {
  const next = isJsonObject(following) ? [following['id'] as string] : []
  const passed = isJsonObject(records) ? Object.keys(records) : []
  const kindsNow = new Map(now.tasks.map(({ id, type }) => [id, type]))
  const kindsBefore = new Map(before.tasks.map(({ id, type }) => [id, type]))
  const misfits = [...new Set([...next, ...passed])].flatMap((id) => {
    const kind = kindsNow.get(id)
    if (kind === undefined) return [`task "${id}" is gone`]
    const was = kindsBefore.get(id)
    return kind === was ? [] : [`task "${id}" is of type ${kind}, it was ${was}`]
  })
  if (misfits.length === 0) return
  const list = misfits.slice(0, 5).join(', ')
  throw refused(
    execId,
    `does not fit the current definition: ${list}; repeat it from the start, or with definition original`,
  )
}
