import type { Fields } from './field.ts'
import { maximumWorkers, strategies } from './strategy.ts'

/** Keys of a collection. */
export const collectionFields = {
  items: {
    is: 'tree',
    required: true,
    doc: 'a list; an object, whose items are {key, value}; a template that gives one of them; or JSON text',
  },
  // Without an id the children are called as the collection is, and every fixed id gets the item's index.
  task: {
    is: 'task',
    required: true,
    adds: ['item', 'index'],
    idIsTemplate: true,
    defaultIdSuffix: '',
    doc: 'the task that is run for each item',
  },
  mode: {
    is: 'choice',
    of: ['parallel', 'sequential'],
    doc: 'all items at once, or one after another (parallel)',
  },
  max_workers: { is: 'integer', min: 0, max: maximumWorkers, doc: 'how many items run at once (0: all)' },
  batch: {
    is: 'integer',
    min: 0,
    max: maximumWorkers,
    doc: 'run so many items, then the next so many (0: no batches)',
  },
  strategy: { is: 'choice', of: strategies, doc: 'how it takes failures (wait_all)' },
  filter: {
    is: 'condition',
    adds: ['item', 'index'],
    doc: 'keeps the items for which it is true; here index is the place in the whole list',
  },
  item_var: { is: 'variable', renames: 'item', doc: 'name of the item in templates (item)' },
  index_var: { is: 'variable', renames: 'index', doc: 'name of its index, counted after the filter (index)' },
} as const satisfies Fields
