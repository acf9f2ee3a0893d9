import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { CompozyError } from '../../../core/errors.ts'
import type { StreamLimit } from '../access/stream-limit.ts'
import type { ApiDependencies } from '../deps.ts'
import { registerRoute } from '../route.ts'
import { executionParams } from '../schemas.ts'
import type { ExecutionDocument, TaskState } from './execution-view.ts'
import { eventStream } from './event-stream.ts'
import { createRunWatch } from './run-watch.ts'

/**
 * After this many looks without a change a comment goes out, so that no proxy drops the connection.
 */
const quietLooks = 15

const event = (name: string, data: object): string =>
  `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`

/** Returns tasks that differ from `seen`, with nested ids joined by `/`, and updates `seen`. */
function changedTasks(
  tasks: Readonly<Record<string, TaskState>>,
  seen: Map<string, string>,
  prefix = '',
): ({ id: string } & TaskState)[] {
  return Object.entries(tasks).flatMap(([name, { tasks: children = {}, ...task }]) => {
    const id = `${prefix}${name}`
    const state = JSON.stringify([task.status, task.attempts, task.counts])
    const isChanged = seen.get(id) !== state
    seen.set(id, state)
    return [...(isChanged ? [{ id, ...task }] : []), ...changedTasks(children, seen, `${id}/`)]
  })
}

/**
 * Writes what happens to a run as server-sent events. Ends without the `end` event when Temporal
 * fails: a client that connects again gets the reason as a problem.
 */
async function* eventsOf(looks: AsyncIterable<ExecutionDocument>): AsyncGenerator<string> {
  const seen = new Map<string, string>()
  let quiet = 0
  try {
    for await (const execution of looks) {
      const news = changedTasks(execution.tasks ?? {}, seen).map((task) => event('task', task))
      if (execution.status !== 'running') news.push(event('end', execution))
      quiet = news.length > 0 ? 0 : quiet + 1
      if (news.length > 0) yield news.join('')
      else if (quiet % quietLooks === 0) yield ': still running\n\n'
    }
  } catch (error) {
    if (!(error instanceof CompozyError)) throw error
  }
}

/** Registers the stream of one run's events. */
export function progressRoutes(
  app: FastifyInstance,
  { executions }: ApiDependencies,
  closing: AbortSignal,
  streams: StreamLimit,
): void {
  const watch = createRunWatch(executions)
  registerRoute(app, {
    method: 'GET',
    url: '/api/v0/executions/workflows/:exec_id/events',
    operationId: 'watchExecution',
    tag: 'executions',
    summary: 'Watch a run as server-sent events',
    description: [
      'Sends a `task` event for the state of each task and for every change (data: a TaskState with its `id`; ids of',
      'nested tasks are joined by `/`), then one `end` event (data: the Execution) and closes. Close an EventSource at',
      '`end`, or it connects again. A stream that closes without `end` was cut off: the server stops, Temporal does not',
      'answer or the run is gone. Connect again. A large container sends its first children, its failures and its',
      '`counts`. Changes arrive within about a second, later while the worker is busy; comments keep the connection open.',
    ].join(' '),
    params: executionParams,
    success: { 200: { description: 'Events', type: 'text/event-stream', schema: z.string() } },
    problems: [
      'not_found',
      'limit_reached',
      'temporal_unavailable',
      'temporal_timeout',
      'temporal_failed',
    ],
    heldUntil: closing,
    handle: async ({ params, signal }) => {
      const run = await executions.describe(params.exec_id, { signal: signal() })
      const leave = streams.enter(params.exec_id)
      return eventStream(eventsOf(watch.follow(run, signal())), leave)
    },
  })
}
