import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { ServerDependencies } from '../deps.ts'
import { registerRoute } from '../route.ts'

const readySchema = z.object({ ready: z.boolean(), checks: z.record(z.string(), z.string()) })

/** Liveness and readiness, for orchestrators. */
export function healthRoutes(app: FastifyInstance, { readiness, build }: ServerDependencies): void {
  const tag = 'health'

  registerRoute(app, {
    method: 'GET',
    url: '/healthz',
    operationId: 'liveness',
    tag,
    summary: 'Whether the process answers at all',
    success: {
      200: {
        description: 'It does',
        schema: z.object({ status: z.literal('ok'), version: z.string() }),
      },
    },
    problems: [],
    handle: async () => ({ status: 200, body: { status: 'ok', version: build.version } }),
  })

  registerRoute(app, {
    method: 'GET',
    url: '/readyz',
    operationId: 'readiness',
    tag,
    summary:
      'Whether it can do its work now: Temporal answers, every worker polls, it is not draining',
    success: {
      200: { description: 'Ready', schema: readySchema },
      503: { description: 'Not ready; the checks say why', schema: readySchema },
    },
    problems: [],
    handle: async () => {
      const body = await readiness()
      return { status: body.ready ? 200 : 503, body }
    },
  })
}
