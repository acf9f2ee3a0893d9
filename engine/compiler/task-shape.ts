import { taskTypes } from '../definition/task-ir.ts'
import type { Shapes } from '../schema/shape.ts'
import { metricsShape } from './workflow-shape.ts'

/** Keys of every task whose reading needs more than their kind knows: who it is, and its metrics. */
export const ownFields = {
  id: { is: 'id', required: true, doc: 'name of the task, unique among its siblings' },
  type: { is: 'choice', of: taskTypes, doc: 'what kind of task it is (basic)' },
  description: { is: 'text', doc: 'what it does' },
  metrics: metricsShape,
} as const satisfies Shapes

/** Retries, on the kinds that may have them. */
export const retryFields = {
  retry_policy: {
    is: 'object',
    named: 'retry_policy',
    doc: 'how often and how fast a failed attempt is repeated',
    fields: {
      maximum_attempts: { is: 'integer', min: 1, max: 10_000, doc: 'attempts in all (3)' },
      initial_interval: { is: 'duration', doc: 'pause before the second attempt (1s)' },
      backoff_coefficient: {
        is: 'number',
        min: 1,
        max: 100,
        doc: 'factor from one pause to the next (2)',
      },
      maximum_interval: { is: 'duration', doc: 'longest pause (1m)' },
      non_retryable_error_types: {
        is: 'list',
        of: { is: 'text', doc: 'type of an error, in full or the bare name of a tool error' },
        doc: 'errors that end the task at once',
      },
    },
  },
  retries: {
    is: 'integer',
    min: 0,
    max: 9_999,
    doc: 'short for retry_policy.maximum_attempts: one more than this',
  },
} as const satisfies Shapes

/** The tool of a basic task, by one of two keys. */
export const toolReferenceFields = {
  tool: { is: 'json', doc: 'id of the tool, of this workflow or of the project' },
  $use: { is: 'json', doc: 'tool(local::tools.#(id=="x")) or tool(global::tools.#(id=="x"))' },
} as const satisfies Shapes
