import { aggregateFields } from './aggregate.ts'
import { basicFields } from './basic.ts'
import { collectionFields } from './collection.ts'
import { compositeFields } from './composite.ts'
import type { Fields } from './field.ts'
import type { TaskType } from './ir.ts'
import { parallelFields } from './parallel.ts'
import { pauseFields } from './pause.ts'
import { routerFields } from './router.ts'
import { signalFields } from './signal.ts'
import { waitFields } from './wait.ts'
import { workflowFields } from './workflow.ts'

/** A kind of task. */
export interface Kind {
  /** What it does, one sentence. */
  readonly doc: string
  /** Its own keys, over those of every task. */
  readonly fields: Fields
  readonly allows: {
    /** `condition` decides whether the task is skipped. Where false, the kind's own fields say what it means. */
    readonly condition: boolean
    /** `retry_policy` and `retries`. */
    readonly retry: boolean
  }
}

/** Every kind of task. */
export const kinds = {
  basic: { doc: 'Calls a tool once.', fields: basicFields, allows: { condition: true, retry: true } },
  router: {
    doc: 'Chooses what follows by a value.',
    fields: routerFields,
    allows: { condition: false, retry: false },
  },
  parallel: {
    doc: 'Runs tasks at the same time.',
    fields: parallelFields,
    allows: { condition: true, retry: false },
  },
  collection: {
    doc: 'Runs one task for each item of a list.',
    fields: collectionFields,
    allows: { condition: true, retry: false },
  },
  composite: {
    doc: 'Runs tasks one after another as one step.',
    fields: compositeFields,
    allows: { condition: true, retry: false },
  },
  aggregate: {
    doc: 'Computes an output from what other tasks gave.',
    fields: aggregateFields,
    allows: { condition: true, retry: false },
  },
  wait: { doc: 'Waits for a signal.', fields: waitFields, allows: { condition: false, retry: false } },
  signal: {
    doc: 'Sends a signal to a run, or starts the workflows that listen.',
    fields: signalFields,
    allows: { condition: true, retry: true },
  },
  workflow: {
    doc: 'Runs another workflow of the project.',
    fields: workflowFields,
    allows: { condition: true, retry: true },
  },
  pause: { doc: 'Pauses durably.', fields: pauseFields, allows: { condition: true, retry: false } },
} as const satisfies Record<TaskType, Kind>
