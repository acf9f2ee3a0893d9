import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { ServerDependencies } from '../deps.ts'
import { registerRoute } from '../route.ts'

const readySchema = z.object({ ready: z.boolean(), checks: z.record(z.string(), z.string()) })

/** Registers liveness and readiness. */
export function healthRoutes(app: FastifyInstance, { readiness, build }: ServerDependencies): void {
  const tag = 'health'

  registerRoute(app, {
    method: 'GET',
    url: '/healthz',
    operationId: 'liveness',
    tag,
    summary: 'Liveness: the process answers',
    success: {
      200: {
        description: 'The process answers',
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
    summary: 'Readiness: Temporal answers, every worker polls and the process is not stopping',
    success: {
      200: { description: 'Ready', schema: readySchema },
      503: { description: 'Not ready; `checks` says why', schema: readySchema },
    },
    problems: [],
    handle: async () => {
      const body = await readiness()
      return { status: body.ready ? 200 : 503, body }
    },
  })
}
