import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { CompozyError, isTemporalFailure } from '../../../core/errors.ts'
import type { JsonValue } from '../../../core/json.ts'
import type { Logger } from '../../../core/logger.ts'
import { didYouMean } from '../../../core/nearest.ts'
import { describeFlow } from '../../../kinds/shared/describe-flow.ts'
import { standardKinds } from '../../../kinds/index.ts'
import type { Workflow } from '../../../project/project.ts'
import type { ApiDependencies } from '../deps.ts'
import { pageOfList } from '../list-page.ts'
import { registerRoute, type RouteResult } from '../route.ts'
import {
  executionSchema,
  idempotencyHeaders,
  idempotencyOf,
  pageOf,
  pageQuery,
  startedSchema,
  wholeNumber,
  workflowDetailSchema,
  workflowParams,
  workflowSchema,
} from '../schemas.ts'
import { executionUrl, showExecution } from './execution-view.ts'

const startBody = z
  .strictObject({
    input: z
      .unknown()
      .optional()
      .describe('input of the run; must match the input schema of the workflow'),
  })
  .optional()

const startHeaders = idempotencyHeaders(
  "the same key with the same input returns the same execution; with another input 409; counts for this workflow, sync or not; kept until Temporal's retention removes the closed run",
)

function show(workflow: Workflow): z.infer<typeof workflowSchema> {
  const { id, version, description, inputSchema, schedule, triggers } = workflow
  return {
    id,
    version: version ?? null,
    description: description ?? null,
    input_schema: inputSchema ?? null,
    schedule: schedule
      ? { cron: schedule.cron, timezone: schedule.timezone, enabled: schedule.enabled }
      : null,
    triggers: triggers.map(({ type, name }) => ({ type, name })),
  }
}

function startRequest(
  workflowId: string,
  body: z.infer<typeof startBody>,
  headers: z.infer<typeof startHeaders>,
) {
  // null is a valid input; only a missing one defaults to {}.
  const input = (body?.input === undefined ? {} : body.input) as JsonValue
  return { workflowId, input, trigger: { type: 'api' as const }, ...idempotencyOf(headers) }
}

const location = { location: 'path of the execution' }

/** Returns the answer to a start whose run is open. */
function startedAnswer(workflow_id: string, exec_id: string): RouteResult {
  const exec_url = executionUrl(exec_id)
  return {
    status: 202,
    headers: { location: exec_url },
    body: { exec_id, workflow_id, exec_url },
  }
}

/**
 * Registers the routes that list and start workflows. At `closing`, a caller that waits for a run
 * gets 202.
 */
export function workflowRoutes(
  app: FastifyInstance,
  { executions, project }: ApiDependencies,
  { closing, logger }: { readonly closing: AbortSignal; readonly logger: Logger },
): void {
  const tag = 'workflows'

  registerRoute(app, {
    method: 'GET',
    url: '/api/v0/workflows',
    operationId: 'listWorkflows',
    tag,
    summary: 'List the workflows of the project',
    query: pageQuery,
    success: { 200: { description: 'A page of workflows', schema: pageOf(workflowSchema) } },
    problems: [],
    handle: async ({ query }) => ({
      status: 200,
      body: pageOfList([...project().workflows.values()].map(show), query),
    }),
  })

  registerRoute(app, {
    method: 'GET',
    url: '/api/v0/workflows/:workflow_id',
    operationId: 'getWorkflow',
    tag,
    summary: 'Get a workflow with its input schema and its tasks',
    params: workflowParams,
    success: { 200: { description: 'The workflow', schema: workflowDetailSchema } },
    problems: ['not_found'],
    handle: async ({ params }) => {
      const { workflows } = project()
      const found = workflows.get(params.workflow_id)
      if (found !== undefined) {
        const tasks = describeFlow(found.definition, standardKinds)
        return { status: 200, body: { ...show(found), tasks } }
      }
      const hint = didYouMean(params.workflow_id, workflows.keys())
      throw new CompozyError('not_found', `no workflow "${params.workflow_id}"${hint}`)
    },
  })

  registerRoute(app, {
    method: 'POST',
    url: '/api/v0/workflows/:workflow_id/executions',
    operationId: 'startExecution',
    tag,
    summary: 'Start a run',
    description:
      'Checks the input, fills in the defaults of its schema and answers when Temporal has stored the run.',
    params: workflowParams,
    headers: startHeaders,
    body: startBody,
    success: {
      202: { description: 'Started', schema: startedSchema, headers: location },
    },
    problems: [
      'not_found',
      'conflict',
      'temporal_unavailable',
      'temporal_timeout',
      'temporal_failed',
    ],
    handle: async ({ params, body, headers, started }) => {
      const request = startRequest(params.workflow_id, body, headers)
      // Without a signal: Temporal may have stored the run before a canceled call returns.
      const { exec_id } = await executions.start(request)
      started(exec_id)
      return startedAnswer(params.workflow_id, exec_id)
    },
  })

  registerRoute(app, {
    method: 'POST',
    url: '/api/v0/workflows/:workflow_id/executions/sync',
    operationId: 'runToEnd',
    tag,
    summary: 'Start a run and wait until it closes',
    description: 'A client that disconnects ends the wait, not the run.',
    params: workflowParams,
    headers: startHeaders,
    query: z.strictObject({
      timeout: wholeNumber(1, 300, 30).describe(
        'seconds to wait; after that the answer is 202 and the run continues',
      ),
    }),
    body: startBody,
    success: {
      200: { description: 'The run closed; `status` says how', schema: executionSchema },
      202: {
        description:
          'Started. Time is up, the server is stopping, or Temporal does not answer any more: ask for the run',
        schema: startedSchema,
        headers: location,
      },
    },
    problems: [
      'not_found',
      'conflict',
      'temporal_unavailable',
      'temporal_timeout',
      'temporal_failed',
    ],
    heldUntil: closing,
    handle: async ({ params, query, body, headers, signal, started }) => {
      const request = startRequest(params.workflow_id, body, headers)
      // Without a signal, as above.
      const { exec_id } = await executions.start(request)
      started(exec_id)
      const waiting = executions.result(exec_id, query.timeout * 1_000, { signal: signal() })
      const ended = await waiting.catch((error: unknown) => {
        if (!isTemporalFailure(error)) throw error
        if (!signal().aborted)
          logger.warn({ exec_id, err: error }, 'waiting for a run that was started has failed')
      })
      if (ended !== undefined)
        return {
          status: 200,
          body: await showExecution(executions, ended, { signal: signal() }),
        }
      return startedAnswer(params.workflow_id, exec_id)
    },
  })
}
