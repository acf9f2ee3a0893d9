import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { CompozyError } from '../../../core/errors.ts'
import type { Execution, Executions } from '../../../executions.ts'
import type { ApiDependencies } from '../deps.ts'
import { registerRoute } from '../route.ts'
import { executionParams } from '../schemas.ts'
import { showExecution, type TaskState } from './execution-view.ts'

/** How long the next look at an open run waits for its end, ms. */
const lookEveryMs = 1_000
/** A comment goes out after this many looks without news, so that nothing on the way takes the connection for dead. */
const quietLooks = 15

const event = (name: string, data: object): string =>
  `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`

/** Tasks that changed since the last look, those in containers by their path; `seen` is brought up to date. */
function changed(
  tasks: Readonly<Record<string, TaskState>>,
  seen: Map<string, string>,
  prefix = '',
): ({ id: string } & TaskState)[] {
  return Object.entries(tasks).flatMap(([name, { tasks: children = {}, ...task }]) => {
    const id = `${prefix}${name}`
    const state = `${task.status} ${task.attempts}`
    const isNew = seen.get(id) !== state
    seen.set(id, state)
    return [...(isNew ? [{ id, ...task }] : []), ...changed(children, seen, `${id}/`)]
  })
}

/**
 * What happens to a run, from what it is now to its end, as server-sent events. Ends without the last one when `signal`
 * aborts or Temporal fails: who connects again is told why.
 */
async function* progressOf(
  executions: Executions,
  first: Execution,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const seen = new Map<string, string>()
  let quiet = 0
  let execution: Execution = first
  while (!signal.aborted) {
    const shown = await showExecution(executions, execution, signal)
    const news = changed(shown.tasks ?? {}, seen).map((task) => event('task', task))
    if (shown.status !== 'running') news.push(event('end', shown))
    quiet = news.length > 0 ? 0 : quiet + 1
    if (news.length > 0) yield news.join('')
    else if (quiet % quietLooks === 0) yield ': still running\n\n'
    if (shown.status !== 'running') return
    try {
      execution = (await executions.result(first.exec_id, lookEveryMs, { signal })) ?? first
    } catch (error) {
      if (signal.aborted || error instanceof CompozyError) return
      throw error
    }
  }
}

/** Watching a run until it ends. */
export function progressRoutes(
  app: FastifyInstance,
  { executions }: ApiDependencies,
  closing: AbortSignal,
): void {
  registerRoute(app, {
    method: 'GET',
    url: '/api/v0/executions/workflows/:exec_id/events',
    operationId: 'watchExecution',
    tag: 'executions',
    summary: 'Watch a run as server-sent events',
    description: [
      '`task` for the state that each task has and every change of it (data: a TaskState with its `id`, that of a nested',
      'task joined by `/`), then one `end` (data: the Execution), after which the stream is over: close an EventSource',
      'there, or it connects again. Changes are looked for about once a second; comments keep the connection alive.',
    ].join(' '),
    params: executionParams,
    success: { 200: { description: 'Events', type: 'text/event-stream', schema: z.string() } },
    problems: ['not_found', 'temporal_unavailable', 'temporal_timeout', 'temporal_failed'],
    heldUntil: closing,
    handle: async ({ params, signal }) => {
      const first = await executions.describe(params.exec_id, { signal: signal() })
      return {
        status: 200,
        // The last is for proxies of nginx's kind, which would hold events back until a buffer is full.
        headers: {
          'content-type': 'text/event-stream; charset=utf-8',
          'cache-control': 'no-store',
          'x-accel-buffering': 'no',
        },
        body: Readable.from(progressOf(executions, first, signal())),
      }
    },
  })
}
