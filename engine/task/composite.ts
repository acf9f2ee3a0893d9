import type { Fields } from './field.ts'

/** Keys of a composite. */
export const compositeFields = {
  tasks: {
    is: 'tasks',
    required: true,
    doc: 'run one after another by their next; in the order of the list where none has a next',
  },
  strategy: {
    is: 'choice',
    of: ['fail_fast', 'best_effort'],
    doc: 'fail_fast ends at a failure that no on_error takes; best_effort goes on after it (fail_fast)',
  },
} as const satisfies Fields
