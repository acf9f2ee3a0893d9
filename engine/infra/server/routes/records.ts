import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { CompozyError, type ErrorCode } from '../../../core/errors.ts'
import { historyTypes } from '../../../definition/run-records.ts'
import type { ApiDependencies } from '../deps.ts'
import { registerRoute } from '../route.ts'
import {
  executionParams,
  pageOf,
  positionCursor,
  statusSchema,
  taskErrorSchema,
  taskStatusSchema,
  wholeNumber,
} from '../schemas.ts'
import { historyPage, taskOrders, tasksPage } from './record-view.ts'

const time = z.iso.datetime()
const value = z.unknown()
const size = z.int().optional().describe('size in bytes of one too large to show here')
const start = z.string().optional().describe('first characters of such a value, as JSON')
const refused = z.literal(true).optional().describe('the condition of the task refused the signal')

const attemptSchema = z.object({
  attempt: z.int(),
  started_at: time,
  ended_at: time.nullable(),
  error: taskErrorSchema.nullable(),
  deliveries: z.int().optional().describe('tool calls that Temporal made of it, if more than one'),
})

/** One execution of a task. */
export const taskRecordSchema = z
  .object({
    id: z.string().describe('ids of the task and the containers around it, joined by `/`'),
    type: z.string().describe('kind of the task, such as basic, router or parallel'),
    visit: z.int().describe('1, or the round of a loop'),
    status: taskStatusSchema,
    started_at: time,
    ended_at: time.nullable(),
    input: value.optional(),
    input_bytes: size,
    input_start: start,
    output: value.optional(),
    output_bytes: size,
    output_start: start,
    error: taskErrorSchema.nullable(),
    next: z.string().nullable().describe('id of the task that followed'),
    attempt_count: z.int(),
    attempts: z.array(attemptSchema).describe('oldest first; of many the first and the last 25'),
    counts: z
      .partialRecord(taskStatusSchema, z.int())
      .optional()
      .describe('children of a container that have started, by status'),
    children: z
      .array(z.object({ workflow_id: z.string(), exec_id: z.string() }))
      .describe('runs that the task started'),
    signals: z
      .array(
        z.object({
          name: z.string(),
          received_at: time,
          payload: value.optional(),
          payload_bytes: size,
          payload_start: start,
          refused,
        }),
      )
      .describe('signals that the task took, oldest first'),
  })
  .meta({ id: 'TaskRecord' })

/** One thing that happened in a run. */
export const historyEntrySchema = z
  .object({
    at: time,
    type: z.enum(historyTypes),
    text: z.string().describe('the entry in words'),
    task: z.string().optional(),
    attempt: z.int().optional(),
    signal: z.string().optional(),
    refused,
    exec_id: z.string().optional().describe('run that the task started'),
    error: taskErrorSchema.optional(),
  })
  .meta({ id: 'HistoryEntry' })

const truncated = z
  .boolean()
  .describe('true when the run is too long for all of its values and entries to be kept')
const recordCursor = positionCursor.describe('`next_cursor` of the page before')
const limit = (most: number) => wholeNumber(1, most, 50).describe('maximum entries on a page')
const taskPath = z.string().min(1).max(1_000).optional()

const problems: readonly ErrorCode[] = [
  'not_found',
  'temporal_unavailable',
  'temporal_timeout',
  'temporal_failed',
]

/** Registers the routes that read tasks and events of a run, open or closed, from its history. */
export function recordRoutes(app: FastifyInstance, { executions }: ApiDependencies): void {
  const tag = 'executions'

  registerRoute(app, {
    method: 'GET',
    url: '/api/v0/executions/workflows/:exec_id/tasks',
    operationId: 'listExecutionTasks',
    tag,
    summary: 'List the tasks of a run: input, output, attempts, route, children, signals',
    description: [
      'Read from the history of the run, open or closed, in the order in which the tasks started; needs no worker.',
      'A task in a loop is listed once for each round: `?task=…&order=newest&limit=1` shows the last one.',
      'A page is at most 256 kB. Larger inputs and outputs are shown by their size: `?task=` shows one task whole.',
      'Tasks that have not started are not listed. An open run is read again after a second, a long one less often.',
    ].join(' '),
    params: executionParams,
    query: z.strictObject({
      task: taskPath.describe(
        'only this task, with whole values; ids of nested tasks joined by `/`',
      ),
      parent: z
        .string()
        .max(1_000)
        .optional()
        .describe('only the children of this task; empty: the tasks of the run itself'),
      status: taskStatusSchema.optional(),
      order: z
        .enum(taskOrders)
        .default('oldest')
        .describe('which come first: the tasks that started first, or those that started last'),
      limit: limit(200),
      cursor: recordCursor,
    }),
    success: {
      200: {
        description: 'A page of tasks',
        schema: pageOf(taskRecordSchema).extend({ status: statusSchema, truncated }),
      },
    },
    problems,
    handle: async ({ params, query, signal }) => {
      const { status, records } = await executions.past(params.exec_id, { signal: signal() })
      const page = tasksPage(records, query)
      if (query.task !== undefined && query.cursor === undefined && page.items.length === 0)
        throw new CompozyError(
          'not_found',
          `no task "${query.task}" has started in execution "${params.exec_id}"`,
        )
      return { status: 200, body: { ...page, status, truncated: records.truncated } }
    },
  })

  registerRoute(app, {
    method: 'GET',
    url: '/api/v0/executions/workflows/:exec_id/history',
    operationId: 'listExecutionHistory',
    tag,
    summary: 'List what happened in a run, oldest first',
    description: 'Starts, attempts, signals, children and ends, each with its time and in words.',
    params: executionParams,
    query: z.strictObject({
      task: taskPath.describe('only entries of this task; ids of nested tasks joined by `/`'),
      limit: limit(500),
      cursor: recordCursor,
    }),
    success: {
      200: {
        description: 'A page of entries',
        schema: pageOf(historyEntrySchema).extend({ status: statusSchema, truncated }),
      },
    },
    problems,
    handle: async ({ params, query, signal }) => {
      const { status, records } = await executions.past(params.exec_id, { signal: signal() })
      const body = { ...historyPage(records, query), status, truncated: records.truncated }
      return { status: 200, body }
    },
  })
}
