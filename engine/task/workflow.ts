import type { Fields } from './field.ts'

/** Keys of a workflow task. */
export const workflowFields = {
  workflow: { is: 'workflow', required: true, doc: 'the workflow that is run; with is its input' },
  wait: { is: 'boolean', doc: 'false: go on as soon as it started; its output is then null (true)' },
} as const satisfies Fields
