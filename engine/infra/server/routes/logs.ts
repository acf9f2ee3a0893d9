import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { defined } from '../../../core/defined.ts'
import { CompozyError } from '../../../core/errors.ts'
import { logStreams, type PlacedLine, type RunLogReader } from '../../../run-logs.ts'
import type { StreamLimit } from '../access/stream-limit.ts'
import type { ApiDependencies } from '../deps.ts'
import { registerRoute } from '../route.ts'
import { executionParams, optionalWholeNumber, statusSchema, wholeNumber } from '../schemas.ts'
import { createCloseWatch } from './close-watch.ts'
import { eventStream } from './event-stream.ts'
import { followLogs, type FollowNews } from './follow-logs.ts'

/** A comment goes out at least this often, ms, so that no proxy drops the connection. */
const commentEveryMs = 15_000

/** One line that a tool printed. */
export const logLineSchema = z
  .object({
    exec_id: z.string(),
    task_id: z.string().describe('ids of the task and the containers around it, joined by `/`'),
    attempt: z.int(),
    tool: z.string(),
    stream: z
      .enum(logStreams)
      .describe('`stdout` or `stderr` for raw writes, else the level of the console method'),
    time: z.iso.datetime().describe('when it was printed'),
    text: z.string().describe('without secrets; control characters are escaped'),
    cut_characters: z.int().optional().describe('characters cut from the end of the line'),
    lines_left_out: z
      .int()
      .optional()
      .describe('lines left out before this one, because there were too many'),
  })
  .meta({ id: 'LogLine' })

const flag = z
  .enum(['0', '1', 'true', 'false'])
  .transform((text) => text === '1' || text === 'true')

/** Reports whether a request asks for the stream, before its query is checked. */
function isFollow({ query }: { readonly query: unknown }): boolean {
  return flag.safeParse((query as { readonly follow?: unknown }).follow).data === true
}

const logQuery = z.strictObject({
  task: z
    .string()
    .min(1)
    .max(1_000)
    .optional()
    .describe('only lines of this task and of those inside it'),
  attempt: optionalWholeNumber(1, 999_999_999).describe('only lines of this attempt'),
  stream: z.enum(logStreams).optional().describe('only lines of this stream or level'),
  tail: optionalWholeNumber(0, 10_000).describe(
    'the last lines instead of the first; at most 1 MB of text; not together with `cursor`',
  ),
  limit: wholeNumber(1, 1_000, 200).describe(
    'maximum lines on a page; not used with `tail` or `follow`',
  ),
  cursor: z.string().min(1).max(10_000).optional().describe('a cursor that an earlier answer gave'),
  follow: flag.optional().describe('1: server-sent events, until the run has ended'),
})

const logHeaders = z.object({
  'last-event-id': z
    .string()
    .min(1)
    .max(10_000)
    .optional()
    .describe('with follow: `id` of the last event received; goes on after it'),
})

const showLine = (execId: string, { line }: PlacedLine): z.infer<typeof logLineSchema> =>
  defined({
    exec_id: execId,
    task_id: line.task,
    attempt: line.attempt,
    tool: line.tool,
    stream: line.stream,
    time: new Date(line.at).toISOString(),
    text: line.text,
    cut_characters: line.cutCharacters,
    lines_left_out: line.leftOut,
  })

/** Writes what a follower gets as server-sent events. */
async function* logEvents(execId: string, news: AsyncIterable<FollowNews>): AsyncGenerator<string> {
  // Sends the headers: a run may print nothing for a long time.
  yield ': following\n\n'
  let sentAt = performance.now()
  for await (const item of news) {
    if (item.type === 'quiet' && performance.now() - sentAt < commentEveryMs) continue
    sentAt = performance.now()
    if (item.type === 'quiet') yield ': still running\n\n'
    else if (item.type === 'end')
      yield `event: end\ndata: ${JSON.stringify({ exec_id: execId, status: item.status })}\n\n`
    else
      yield item.page.lines
        .map((placed) => {
          const data = JSON.stringify(showLine(execId, placed))
          return `id: ${placed.cursor}\nevent: log\ndata: ${data}\n\n`
        })
        .join('')
  }
}

function requireLogs(logs: RunLogReader | undefined): RunLogReader {
  if (logs !== undefined) return logs
  const message =
    'this engine keeps no logs of runs; set logs.dir or COMPOZY_LOGS_DIR, or read its structured log'
  throw new CompozyError('not_found', message)
}

/** Registers the route of what the tools of a run printed. */
export function logRoutes(
  app: FastifyInstance,
  { executions, logs }: ApiDependencies,
  closing: AbortSignal,
  streams: StreamLimit,
): void {
  const closes = createCloseWatch(executions)

  registerRoute(app, {
    method: 'GET',
    url: '/api/v0/executions/workflows/:exec_id/logs',
    operationId: 'listExecutionLogs',
    tag: 'executions',
    summary: 'List or follow what the tools of a run printed',
    description: [
      'Lines are oldest first. Of many lines the first and the last are kept, and `lines_left_out` counts those between.',
      'With `follow=1` the answer is a stream of server-sent events: a `log` event for each line (data: a LogLine),',
      'then one `end` event with the status of the run. The `id` of a `log` event is a cursor: a client that connects again',
      'with `Last-Event-ID` misses no line and gets none twice. Close an EventSource at `end`, or it connects again. A',
      'stream that closes without `end` was cut off: the server stops or the run is gone. Connect again. 404 when the',
      'engine keeps no logs: see `logs.dir`.',
    ].join(' '),
    params: executionParams,
    query: logQuery,
    headers: logHeaders,
    success: {
      200: {
        description: 'A page of lines; with follow=1 text/event-stream',
        schema: z.object({
          items: z.array(logLineSchema),
          next_cursor: z.string().nullable().describe('null when no line is left to read now'),
          resume_cursor: z.string().describe('the place after these lines, for what comes later'),
          status: statusSchema,
        }),
      },
    },
    problems: [
      'not_found',
      'limit_reached',
      'temporal_unavailable',
      'temporal_timeout',
      'temporal_failed',
    ],
    heldUntil: closing,
    holds: isFollow,
    handle: async ({ params: { exec_id: execId }, query, headers, signal }) => {
      const { follow = false, cursor, tail, limit, ...filter } = query
      if (tail !== undefined && cursor !== undefined)
        throw new CompozyError('input_invalid', 'tail and cursor exclude each other; use one')
      const run = await executions.describe(execId, { signal: signal() })
      const reader = requireLogs(logs)
      if (!follow) {
        const page =
          tail === undefined
            ? await reader.read(execId, defined({ ...filter, cursor, limit }))
            : await reader.tail(execId, defined({ ...filter, lines: tail }))
        const body = {
          items: page.lines.map((placed) => showLine(execId, placed)),
          next_cursor: page.more ? page.cursor : null,
          resume_cursor: page.cursor,
          status: run.status,
        }
        return { status: 200, body }
      }
      const resumed = headers['last-event-id'] ?? cursor
      // Refuses a wrong cursor before the stream begins.
      if (resumed !== undefined) await reader.read(execId, { cursor: resumed, limit: 1 })
      const leave = streams.enter(execId)
      const closed =
        run.status === 'running' ? closes.untilClosed(execId, signal()) : Promise.resolve(run)
      const from = resumed === undefined ? { tail } : { cursor: resumed }
      const news = followLogs(reader, defined({ ...filter, ...from, execId, closed }), signal())
      return eventStream(logEvents(execId, news), leave)
    },
  })
}
