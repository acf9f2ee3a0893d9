import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { CompozyError } from '../../../core/errors.ts'
import type { Execution, Executions } from '../../../executions.ts'
import type { ApiDependencies } from '../deps.ts'
import { registerRoute } from '../route.ts'
import { executionParams } from '../schemas.ts'
import { showExecution, type TaskState } from './execution-view.ts'

/** Time between two looks at an open run, in ms. */
const lookEveryMs = 1_000
/** After this many looks without news a comment is sent, so that proxies keep the connection open. */
const quietLooks = 15

const event = (name: string, data: object): string =>
  `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`

/** Returns the tasks that changed since the last look, children by their path; updates `seen`. */
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
    const below = changed(children, seen, `${id}/`)
    return isNew ? [{ id, ...task }, ...below] : below
  })
}

/**
 * Yields the progress of a run as server-sent events, from its state now to its end. Returns without
 * an `end` event when `signal` aborts or Temporal fails; a client that connects again gets the error.
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

/** Registers the stream of a run's events. */
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
      'Sends a `task` event for the state of each task and for every change (data: a TaskState with its `id`; ids of',
      'nested tasks are joined by `/`), then one `end` event (data: the Execution) and closes. Close an EventSource at',
      '`end`, or it connects again. Changes arrive within about a second; comments keep the connection open.',
    ].join(' '),
    params: executionParams,
    success: { 200: { description: 'Events', type: 'text/event-stream', schema: z.string() } },
    problems: ['not_found', 'temporal_unavailable', 'temporal_timeout', 'temporal_failed'],
    heldUntil: closing,
    handle: async ({ params, signal }) => {
      const first = await executions.describe(params.exec_id, { signal: signal() })
      return {
        status: 200,
        // x-accel-buffering: nginx would hold events back until its buffer is full.
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
