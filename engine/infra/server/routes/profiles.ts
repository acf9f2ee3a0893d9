import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Profiler } from '../profiling/profiler.ts'
import { registerRoute } from '../route.ts'
import { wholeNumber } from '../schemas.ts'

const octets = 'application/octet-stream'
const success = {
  200: {
    description: 'gzipped pprof',
    type: octets,
    schema: z.string().meta({ format: 'binary' }),
  },
}

/** Registers profiles of the process, under the paths that Go uses. */
export function profileRoutes(
  app: FastifyInstance,
  profiler: Profiler,
  closing: AbortSignal,
): void {
  const tag = 'operations'

  registerRoute(app, {
    method: 'GET',
    url: '/debug/pprof/profile',
    operationId: 'cpuProfile',
    scope: 'admin',
    tag,
    summary: 'CPU profile; answers when the time is over',
    query: z.strictObject({
      seconds: wholeNumber(1, 300, 30).describe('length of the profile'),
    }),
    success,
    problems: ['conflict', 'unavailable'],
    heldUntil: closing,
    handle: async ({ query, signal }) => ({
      status: 200,
      headers: { 'content-type': octets },
      body: await profiler.cpu(query.seconds * 1_000, { signal: signal() }),
    }),
  })

  registerRoute(app, {
    method: 'GET',
    url: '/debug/pprof/heap',
    operationId: 'heapProfile',
    scope: 'admin',
    tag,
    summary: 'Heap profile: live objects by place of allocation',
    success,
    problems: [],
    handle: async () => ({
      status: 200,
      headers: { 'content-type': octets },
      body: await profiler.heap(),
    }),
  })
}
