import type { Fields } from './field.ts'

/** Keys of a signal. */
export const signalFields = {
  signal: {
    is: 'object',
    required: true,
    doc: 'what is sent',
    fields: {
      id: { is: 'template', required: true, doc: 'name of the signal' },
      payload: { is: 'tree', doc: 'what it carries (null)' },
    },
  },
  exec_id: {
    is: 'template',
    doc: 'the run that receives it; without it the workflows with a trigger of that name are started',
  },
} as const satisfies Fields
