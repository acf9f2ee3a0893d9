import type { Fields } from './field.ts'

/** Keys of a router. */
export const routerFields = {
  condition: {
    is: 'condition',
    required: true,
    doc: 'gives the value that chooses the route, taken as text',
  },
  routes: {
    is: 'routes',
    required: true,
    doc: 'value: id of a task, or a task that is run as the router itself',
  },
  default: { is: 'next', doc: 'the task for every other value; without it such a value is a NoRoute error' },
} as const satisfies Fields
