import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { defined } from '../../../core/defined.ts'
import type { ErrorCode } from '../../../core/errors.ts'
import type { JsonValue } from '../../../core/json.ts'
import type { Execution, Executions } from '../../../executions.ts'
import type { ApiDependencies } from '../deps.ts'
import { registerRoute } from '../route.ts'
import {
  executionParams,
  executionSchema,
  executionSummarySchema,
  freeName,
  pageOf,
  pageQuery,
  positionCursor,
} from '../schemas.ts'
import { executionFiltersInQuery } from './execution-filters.ts'
import { requireRepeatedRun, requireWorkflow } from './require-known.ts'
import { showExecution } from './execution-view.ts'

const listQuery = pageQuery.extend(executionFiltersInQuery)

const viewQuery = z.strictObject({
  task: z
    .string()
    .min(1)
    .max(1_000)
    .optional()
    .describe('show only this task; ids of nested tasks joined by `/`'),
  cursor: positionCursor.describe('`next_cursor` of the task, or of the execution without `task`'),
})

/** Named in the OpenAPI document. */
export const executionWithReruns = executionSchema
  .extend({
    reruns: z
      .array(z.string())
      .describe(
        'executions that repeat this closed one, at most 20; none while Temporal does not list them; `?rerun_of=` lists all',
      ),
  })
  .meta({ id: 'ExecutionDetail' })

const fromTemporal: readonly ErrorCode[] = [
  'temporal_unavailable',
  'temporal_timeout',
  'temporal_failed',
]
const accepted = { 202: { description: 'Accepted', schema: z.object({ exec_id: z.string() }) } }

/** Repetitions of one run that it shows. */
const shownReruns = 20

/**
 * Returns the executions that repeat a closed run: open ones, then those that closed last. Returns
 * none where Temporal is slow.
 */
async function rerunsOf(
  executions: Executions,
  { exec_id, status }: Execution,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (status === 'running') return []
  const query = { rerun_of: exec_id, limit: shownReruns }
  const page = await executions.list(query, { signal }).catch(() => undefined)
  return page?.items.map((run) => run.exec_id) ?? []
}

/** Registers the routes that list, show, signal, cancel and terminate runs. */
export function executionRoutes(app: FastifyInstance, api: ApiDependencies): void {
  const { executions } = api
  const tag = 'executions'

  registerRoute(app, {
    method: 'GET',
    url: '/api/v0/executions/workflows',
    operationId: 'listExecutions',
    tag,
    summary: 'List the executions of the project: open ones, then those that closed last',
    description: [
      'Every filter must hold. A failed run tells its error. Filters by error or by `rerun_of` look through up to 2,000',
      'runs at a time: a page may be short, even empty, and `next_cursor` goes on.',
    ].join(' '),
    query: listQuery,
    success: {
      200: { description: 'A page of executions', schema: pageOf(executionSummarySchema) },
    },
    problems: ['not_found', ...fromTemporal],
    handle: async ({ query, signal }) => {
      const page = await executions.list(defined(query), { signal: signal() })
      const isFirst = query.cursor === undefined
      // A misspelled name is told apart from one whose list is empty.
      if (isFirst && page.items.length === 0 && page.next_cursor === null) {
        await requireWorkflow(query.workflow_id, api, signal())
        await requireRepeatedRun(query.rerun_of, api, signal())
      }
      return { status: 200, body: page }
    },
  })

  registerRoute(app, {
    method: 'GET',
    url: '/api/v0/executions/workflows/:exec_id',
    operationId: 'getExecution',
    tag,
    summary: 'Get an execution: status, input, output, error, tasks',
    description: [
      'Tasks are shown up to 256 kB: a large container with its first children, its failures and `counts` by status.',
      '`?task=c` shows one task with its whole output; `?task=c&cursor=` its children page by page.',
      'Task states are shared by all who watch a run: `as_of` says when they were read.',
    ].join(' '),
    params: executionParams,
    query: viewQuery,
    success: { 200: { description: 'The execution', schema: executionWithReruns } },
    problems: ['not_found', 'unavailable', ...fromTemporal],
    handle: async ({ params, query, signal }) => {
      const execution = await executions.describe(params.exec_id, { signal: signal() })
      const request = { ...query, signal: signal() }
      const [body, reruns] = await Promise.all([
        showExecution(executions, execution, defined(request)),
        rerunsOf(executions, execution, signal()),
      ])
      return { status: 200, body: { ...body, reruns } }
    },
  })

  registerRoute(app, {
    method: 'POST',
    url: '/api/v0/executions/workflows/:exec_id/cancel',
    operationId: 'cancelExecution',
    tag,
    summary: 'Cancel a run: its tools stop and no `on_error` runs',
    params: executionParams,
    success: accepted,
    problems: ['not_found', 'conflict', ...fromTemporal],
    handle: async ({ params, signal }) => {
      await executions.cancel(params.exec_id, { signal: signal() })
      return { status: 202, body: { exec_id: params.exec_id } }
    },
  })

  registerRoute(app, {
    method: 'POST',
    url: '/api/v0/executions/workflows/:exec_id/terminate',
    operationId: 'terminateExecution',
    scope: 'admin',
    tag,
    summary: 'Terminate a run at once; nothing of it runs any more',
    params: executionParams,
    body: z.strictObject({ reason: z.string().max(1_000).optional() }).optional(),
    success: accepted,
    problems: ['not_found', 'conflict', ...fromTemporal],
    handle: async ({ params, body, signal }) => {
      await executions.terminate(params.exec_id, body?.reason ?? 'terminated through the API', {
        signal: signal(),
      })
      return { status: 202, body: { exec_id: params.exec_id } }
    },
  })

  registerRoute(app, {
    method: 'POST',
    url: '/api/v0/executions/workflows/:exec_id/signals/:name',
    operationId: 'signalExecution',
    tag,
    summary: 'Send a signal to a run; the body is its payload',
    description: [
      'The run keeps the signal until a task takes it. When no task of the run waits for a signal of this name, the answer',
      'has a `warning` with the names that its tasks wait for.',
    ].join(' '),
    params: executionParams.extend({
      name: freeName.describe('name of the signal'),
    }),
    body: z.unknown().describe('payload, any JSON value; no body means null'),
    success: {
      202: {
        description: 'Accepted',
        schema: z.object({
          exec_id: z.string(),
          warning: z.string().optional().describe('why no task can take the signal'),
        }),
      },
    },
    problems: ['not_found', 'conflict', 'limit_reached', ...fromTemporal],
    handle: async ({ params, body, signal }) => {
      const payload = (body ?? null) as JsonValue
      const { exec_id, name } = params
      const receipt = await executions.signal(exec_id, name, payload, { signal: signal() })
      return { status: 202, body: { exec_id, ...receipt } }
    },
  })
}
