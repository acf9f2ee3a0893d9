import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Profiler } from '../profiling/profiler.ts'
import { registerRoute } from '../route.ts'

const octets = 'application/octet-stream'
const success = {
  200: {
    description: 'gzipped pprof',
    type: octets,
    schema: z.string().meta({ format: 'binary' }),
  },
}

/** Profiles of the process, under the paths that Go has made a habit. */
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
    tag,
    summary: 'Where the process spends its CPU time; answers when the time is over',
    query: z.strictObject({
      seconds: z.coerce
        .number()
        .int()
        .min(1)
        .max(300)
        .default(30)
        .describe('how long it is watched'),
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
    tag,
    summary: 'What is alive on the heap, by where it was allocated',
    success,
    problems: [],
    handle: async () => ({
      status: 200,
      headers: { 'content-type': octets },
      body: await profiler.heap(),
    }),
  })
}
