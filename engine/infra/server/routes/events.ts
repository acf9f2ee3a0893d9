import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { JsonValue } from '../../../core/json.ts'
import type { ApiDependencies } from '../deps.ts'
import { registerRoute } from '../route.ts'
import { freeName, idempotencyHeaders, idempotencyOf } from '../schemas.ts'

const eventHeaders = idempotencyHeaders(
  "the same key with the same payload publishes the event once and returns the same executions; with another payload 409; counts for this event name; kept until Temporal's retention removes the closed runs",
)

/** Registers the route that publishes events. */
export function eventRoutes(app: FastifyInstance, { executions }: ApiDependencies): void {
  registerRoute(app, {
    method: 'POST',
    url: '/api/v0/events',
    operationId: 'publishEvent',
    tag: 'events',
    summary: 'Publish an event: start a run of every workflow that listens to it',
    description:
      'The payload must match the schema of every listener; one violation starts no run. ' +
      'Where Temporal does not answer in time, the problem says how many runs were started, and ' +
      'with which Idempotency-Key to publish the event again: none is started twice.',
    headers: eventHeaders,
    body: z.strictObject({ name: freeName, payload: z.unknown().optional() }),
    success: {
      202: {
        description: 'Started',
        schema: z.object({
          executions: z.array(z.object({ workflow_id: z.string(), exec_id: z.string() })),
        }),
      },
    },
    problems: [
      'not_found',
      'conflict',
      'temporal_unavailable',
      'temporal_timeout',
      'temporal_failed',
    ],
    handle: async ({ body, headers, started }) => {
      const event = {
        name: body.name,
        payload: (body.payload ?? null) as JsonValue,
        ...idempotencyOf(headers),
      }
      // Without a signal: Temporal may have stored runs before a canceled call returns.
      const runs = await executions.publish(event)
      for (const { exec_id } of runs) started(exec_id)
      return { status: 202, body: { executions: runs } }
    },
  })
}
