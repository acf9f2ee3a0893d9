import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { ErrorCode } from '../../../core/errors.ts'
import type { ApiDependencies } from '../deps.ts'
import { pageOfList } from '../list-page.ts'
import { registerRoute } from '../route.ts'
import { pageOf, pageQuery, scheduleSchema, workflowParams } from '../schemas.ts'

const problems: readonly ErrorCode[] = [
  'not_found',
  'temporal_unavailable',
  'temporal_timeout',
  'temporal_failed',
]

/**
 * Registers the routes of schedules. Files define them; the API shows, pauses and triggers them.
 */
export function scheduleRoutes(app: FastifyInstance, { schedules }: ApiDependencies): void {
  const tag = 'schedules'

  registerRoute(app, {
    method: 'GET',
    url: '/api/v0/schedules',
    operationId: 'listSchedules',
    tag,
    summary: 'List the schedules of the project',
    query: pageQuery,
    success: { 200: { description: 'A page of schedules', schema: pageOf(scheduleSchema) } },
    problems,
    handle: async ({ query, signal }) => ({
      status: 200,
      body: pageOfList(await schedules.list({ signal: signal() }), query),
    }),
  })

  registerRoute(app, {
    method: 'GET',
    url: '/api/v0/schedules/:workflow_id',
    operationId: 'getSchedule',
    tag,
    summary: 'Get the schedule of a workflow',
    params: workflowParams,
    success: { 200: { description: 'The schedule', schema: scheduleSchema } },
    problems,
    handle: async ({ params, signal }) => ({
      status: 200,
      body: await schedules.get(params.workflow_id, { signal: signal() }),
    }),
  })

  registerRoute(app, {
    method: 'PATCH',
    url: '/api/v0/schedules/:workflow_id',
    operationId: 'setScheduleEnabled',
    scope: 'admin',
    tag,
    summary: 'Pause or resume a schedule; the choice survives restarts',
    params: workflowParams,
    body: z.strictObject({ enabled: z.boolean() }),
    success: { 200: { description: 'The schedule', schema: scheduleSchema } },
    problems,
    handle: async ({ params, body, signal }) => ({
      status: 200,
      body: await schedules.setEnabled(params.workflow_id, body.enabled, { signal: signal() }),
    }),
  })

  registerRoute(app, {
    method: 'POST',
    url: '/api/v0/schedules/:workflow_id/trigger',
    operationId: 'triggerSchedule',
    tag,
    summary: 'Start a run of the schedule now',
    params: workflowParams,
    success: {
      202: {
        description: 'Started; `exec_id` is null if Temporal has not started the run yet',
        schema: z.object({ workflow_id: z.string(), exec_id: z.string().nullable() }),
      },
    },
    problems,
    handle: async ({ params, signal, started }) => {
      const run = await schedules.trigger(params.workflow_id, { signal: signal() })
      if (run.exec_id !== null) started(run.exec_id)
      return { status: 202, body: run }
    },
  })
}
