import type { Fields } from '../schema/field.ts'
import type { TaskKind } from './kind.ts'

const fields = {
  outputs: { is: 'tree', required: true, doc: 'the output, computed from what other tasks gave' },
} as const satisfies Fields

/** Only computes `outputs`, as every task does. */
export const aggregate = {
  name: 'aggregate',
  article: 'an',
  doc: 'Computes an output from what other tasks gave.',
  fields,
  allows: { condition: true, retry: false },
  run: () => ({ output: null }),
} as const satisfies TaskKind
