import type { TaskResult } from './task-context.ts'
import type { Fields } from '../schema/field.ts'

/** Keys of an aggregate. */
export const aggregateFields = {
  outputs: { is: 'tree', required: true, doc: 'the output, computed from what other tasks gave' },
} as const satisfies Fields

/** Does nothing: `outputs`, evaluated as every task's, is all there is. */
export function runAggregate(): TaskResult {
  return { output: null }
}
