import type { Fields } from './field.ts'
import { maximumWorkers, strategies } from './strategy.ts'

/** Keys of a parallel. */
export const parallelFields = {
  tasks: { is: 'tasks', required: true, doc: 'the tasks that run at the same time' },
  strategy: { is: 'choice', of: strategies, doc: 'how it takes failures (wait_all)' },
  max_workers: { is: 'integer', min: 0, max: maximumWorkers, doc: 'how many run at once (0: all)' },
} as const satisfies Fields
