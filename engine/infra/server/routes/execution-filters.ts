import { z } from 'zod'
import { executionStatuses } from '../../../executions.ts'

const time = z.iso.datetime({ offset: true }).optional()
const statuses = z.array(z.enum(executionStatuses)).min(1).max(executionStatuses.length)

/** Why a listed run failed. */
export const listFailureSchema = z
  .object({ type: z.string(), message: z.string(), task: z.string().optional() })
  .meta({ id: 'FailureSummary' })

const common = {
  workflow_id: z.string().min(1).optional(),
  from: time.describe(
    'started at or after this time, RFC 3339; a run that continued as new, its latest part',
  ),
  to: time.describe(
    'started at or before this time, RFC 3339; a run that continued as new, its latest part',
  ),
  closed_from: time.describe('closed at or after this time, RFC 3339'),
  closed_to: time.describe('closed at or before this time, RFC 3339'),
  error_type: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('failed with this error type; a `*` at its end matches every ending'),
  error_text: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe(
      'failed with this text in the message as lists show it, cut at 1 KiB; in whatever case',
    ),
  rerun_of: z.string().min(1).max(1_000).optional().describe('repeats this execution'),
  exec_id_prefix: z
    .string()
    .min(1)
    .max(1_000)
    .optional()
    .describe('the `exec_id` begins with this text'),
}

/** Filters of a list in a request's body. */
export const executionFilters = {
  ...common,
  status: statuses.optional().describe('one of these statuses'),
}

/** The same in a query, where the statuses are separated by commas. */
export const executionFiltersInQuery = {
  ...common,
  status: z
    .string()
    .transform((text) => text.split(','))
    .pipe(statuses)
    .optional()
    .describe(`one of these statuses, separated by commas: ${executionStatuses.join(', ')}`),
}
