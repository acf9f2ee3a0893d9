import { commonFields } from '../../kinds/shared/common-fields.ts'
import type { TaskKind, TaskKinds } from '../../kinds/kind.ts'
import type { Shape, Shapes } from '../../schema/shape.ts'
import { metricsShape } from './workflow-shape.ts'

/** The `id` of a task. */
export const idShape = {
  is: 'id',
  required: true,
  doc: 'name of the task, unique among its siblings',
} as const satisfies Shape

/** Retries, on the kinds that may have them. */
export const retryFields = {
  retry_policy: {
    is: 'object',
    named: 'retry_policy',
    doc: 'how often and how fast a failed attempt is repeated',
    fields: {
      maximum_attempts: { is: 'integer', min: 1, max: 10_000, doc: 'attempts in all (3)' },
      initial_interval: {
        is: 'duration',
        timer: 'a pause before a retry',
        doc: 'pause before the second attempt (1s)',
      },
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

/** All keys that a kind of task may have. */
export function fieldsOf(kind: TaskKind, kinds: TaskKinds): Shapes {
  const type = `what kind of task it is (${kinds.default.name})`
  const fields: Shapes = {
    id: idShape,
    type: { is: 'choice', of: kinds.names, doc: type },
    description: { is: 'text', doc: 'what it does' },
    metrics: metricsShape,
    ...commonFields,
    ...kind.fields,
  }
  return kind.allows.retry ? { ...fields, ...retryFields } : fields
}
