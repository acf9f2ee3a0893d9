import { z } from 'zod'
import { errorCodes } from '../../core/errors.ts'
import { longestName, nameAllowed, unreservedPattern } from '../../core/free-name.ts'
import { executionStatuses } from '../../executions.ts'
import { listFailureSchema } from './routes/execution-filters.ts'
import type { TaskStatus } from '../../definition/run-protocol.ts'

const time = z.iso.datetime().describe('RFC 3339, UTC')
const json = z.unknown().describe('any JSON value')

/** An object schema with its own name in the OpenAPI document. */
const named = <S extends z.ZodRawShape>(id: string, shape: S) => z.object(shape).meta({ id })

const fromDigits = (text: unknown): unknown =>
  typeof text === 'string' && /^\d{1,9}$/.test(text) ? Number(text) : text

/** A whole number in a query, in decimal digits; `otherwise` where it is left out. */
export const wholeNumber = (least: number, most: number, otherwise: number) =>
  z
    // The JSON Schema of a preprocessed value leaves the outer default out.
    .preprocess(fromDigits, z.int().min(least).max(most).meta({ default: otherwise }))
    .default(otherwise)

/** The same, undefined where it is left out. */
export const optionalWholeNumber = (least: number, most: number) =>
  z.preprocess(fromDigits, z.int().min(least).max(most)).optional()

/** Paging of every list. */
export const pageQuery = z.strictObject({
  limit: wholeNumber(1, 200, 50).describe('maximum entries on a page'),
  cursor: z.string().min(1).max(4_000).optional().describe('`next_cursor` of the page before'),
})

/** A page of entries. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({
    items: z.array(item),
    next_cursor: z.string().nullable().describe('null on the last page'),
  })

/** RFC 9457 problem. */
export const problemSchema = named('Problem', {
  type: z.literal('about:blank'),
  title: z.string(),
  status: z.int().min(400).max(599),
  code: z.enum(errorCodes).describe('stable; match on it'),
  detail: z.string().describe('explanation for people'),
  request_id: z.string(),
  violations: z.array(z.object({ pointer: z.string(), message: z.string() })).optional(),
})

/** The id of a workflow in a path. */
export const workflowParams = z.object({
  workflow_id: z.string().min(1).describe('id of a workflow of the project'),
})

/** The name of a signal or an event. */
export const freeName = z
  .string()
  .min(1)
  .max(longestName)
  .regex(new RegExp(unreservedPattern), nameAllowed)

/** The id of an execution in a path. */
export const executionParams = z.object({
  exec_id: z.string().min(1).describe('id that the start returned'),
})

/** A schedule. */
export const scheduleSchema = named('Schedule', {
  workflow_id: z.string(),
  cron: z.string(),
  timezone: z.string(),
  enabled: z.boolean().describe('false while paused by the file or through the API'),
  next_run_at: time.nullable(),
  last_run_at: time.nullable(),
  error: z.string().nullable().describe('why Temporal does not have the schedule as the file says'),
})

/** A workflow of the project. */
export const workflowSchema = named('Workflow', {
  id: z.string(),
  version: z.string().nullable(),
  description: z.string().nullable(),
  input_schema: z
    .record(z.string(), z.unknown())
    .nullable()
    .describe('JSON Schema of the input; null accepts any input'),
  schedule: z.object({ cron: z.string(), timezone: z.string(), enabled: z.boolean() }).nullable(),
  triggers: z.array(z.object({ type: z.literal('signal'), name: z.string() })),
})

/** A task as a drawing shows it. */
export const flowTaskSchema = z
  .object({
    id: z.string(),
    type: z.string(),
    place: z.string().describe('where its definition begins: file, line and column'),
    subject: z
      .string()
      .optional()
      .describe('its tool, signal, event or workflow; a template as written'),
    awaits: z.literal(true).optional().describe('it waits for the signal that `subject` names'),
    follows: z.array(
      z.object({
        to: z.string().describe('id of a sibling'),
        on: z.string().describe('`success`, `error`, `timeout` or the value of a route'),
      }),
    ),
    get tasks(): z.ZodArray<z.ZodType> {
      return z.array(flowTaskSchema)
    },
  })
  .meta({ id: 'FlowTask' })

/** A workflow with its tasks. */
export const workflowDetailSchema = named('WorkflowDetail', {
  ...workflowSchema.shape,
  tasks: z.array(flowTaskSchema).describe('tasks as the file has them, with what follows each'),
})

/** A tool of the project. */
export const toolSchema = named('Tool', {
  key: z.string().describe('`<workflow id>/<tool id>`, or `<tool id>` for a tool of the project'),
  id: z.string(),
  description: z.string().nullable(),
  execute: z.string(),
  input_schema: z.record(z.string(), z.unknown()).nullable(),
  output_schema: z.record(z.string(), z.unknown()).nullable(),
})

/** Status of an execution. */
export const statusSchema = z.enum(executionStatuses)

/** An execution in a list. */
export const executionSummarySchema = named('ExecutionSummary', {
  exec_id: z.string().describe('also the workflow ID in Temporal'),
  run_id: z.string(),
  workflow_id: z.string(),
  status: statusSchema,
  started_at: time,
  closed_at: time.nullable(),
  error: listFailureSchema.nullable().describe('why it failed; null for every other status'),
  rerun_of: z.string().nullable().describe('the execution that this one repeats'),
  child_of: z.string().nullable().describe('the execution whose task started this one'),
})

/** Why a run or a task failed. */
export const taskErrorSchema = named('TaskError', {
  type: z
    .string()
    .describe('ToolError:<name>, ToolTimeout, TemplateError, NoRoute, WaitTimeout, …'),
  message: z.string(),
  task: z.string().optional(),
  attempts: z.int().min(0).optional(),
  cause: z.record(z.string(), z.unknown()).optional(),
})

const taskStatuses = [
  'pending',
  'running',
  'completed',
  'failed',
  'skipped',
  'canceled',
  'timed_out',
] as const satisfies readonly TaskStatus[]

/** Status of a task. */
export const taskStatusSchema = z.enum(taskStatuses)

const countsSchema = z
  .partialRecord(taskStatusSchema, z.int())
  .describe('tasks of this level by status, when not all of them are shown')
const cursorSchema = z.string().describe('asks for the tasks after those shown')

/** One task of a run; containers hold their children. */
export const taskStateSchema = z
  .object({
    type: z.string().describe('kind of the task, such as basic, router or parallel'),
    status: taskStatusSchema,
    attempts: z.int().min(0),
    started_at: time.optional(),
    ended_at: time.optional(),
    carried: z
      .literal(true)
      .optional()
      .describe('the task ran in the run that this one repeats, and was kept'),
    output: json
      .optional()
      .describe('only while the run is open, and after it was canceled, terminated or timed out'),
    output_bytes: z
      .int()
      .optional()
      .describe('size of an output too large to show here; ask for it with `?task=`'),
    output_start: z.string().optional().describe('first characters of such an output, as JSON'),
    error: taskErrorSchema.optional(),
    get tasks(): z.ZodOptional<z.ZodRecord<z.ZodString, z.ZodType>> {
      return z.record(z.string(), taskStateSchema).optional()
    },
    counts: countsSchema.optional(),
    next_cursor: cursorSchema.optional(),
  })
  .meta({ id: 'TaskState' })

/** One execution with input, output, error and tasks. */
export const executionSchema = named('Execution', {
  ...executionSummarySchema.shape,
  input: json,
  output: json,
  error: taskErrorSchema
    .nullable()
    .describe('why the run did not complete; null if it did or is open'),
  tasks: z
    .record(z.string(), taskStateSchema)
    .nullable()
    .describe('state of each task by id; null if no worker answers for the run'),
  counts: countsSchema.optional(),
  next_cursor: cursorSchema.optional(),
  as_of: time
    .nullable()
    .describe(
      'when the tasks were in these states: for a closed run when it closed, with what still ran then canceled',
    ),
})

/** Answer to a start. */
export const startedSchema = named('Started', {
  exec_id: z.string(),
  workflow_id: z.string(),
  exec_url: z.string().describe('path of the execution, as in the Location header'),
})

/** `Idempotency-Key` of a route; `meaning` says what the same key does there. */
export const idempotencyHeaders = (meaning: string) =>
  z.object({ 'idempotency-key': z.string().min(1).max(255).optional().describe(meaning) })

type IdempotencyHeaders = z.infer<ReturnType<typeof idempotencyHeaders>>

/** The position of an entry in a list, as `next_cursor` gives it. */
export const positionCursor = z
  .string()
  .regex(/^\d{1,9}$/, 'a `next_cursor` that an earlier answer gave')
  .optional()

/** Returns the key as the executions port takes it. */
export const idempotencyOf = (headers: IdempotencyHeaders): { idempotencyKey?: string } =>
  headers['idempotency-key'] === undefined ? {} : { idempotencyKey: headers['idempotency-key'] }

/** Named schemas: the components of the OpenAPI document. */
export const namedSchemas = [
  problemSchema,
  workflowSchema,
  workflowDetailSchema,
  flowTaskSchema,
  toolSchema,
  scheduleSchema,
  startedSchema,
  executionSummarySchema,
  executionSchema,
  taskStateSchema,
  taskErrorSchema,
]
