import { aggregateFields, runAggregate } from './aggregate.ts'
import { basicFields, runBasic } from './basic.ts'
import { collectionFields, runCollection } from './collection.ts'
import { compositeFields, runComposite } from './composite.ts'
import type { TaskContext, TaskResult } from './task-context.ts'
import type { Fields } from '../schema/field.ts'
import type { TaskIr, TaskType } from '../definition/task-ir.ts'
import { parallelFields, runParallel } from './parallel.ts'
import { pauseFields, runPause } from './pause.ts'
import { routerFields, runRouter } from './router.ts'
import { signalFields, runSignal } from './signal.ts'
import type { Steps } from './steps.ts'
import { waitFields, runWait } from './wait.ts'
import { workflowFields, runWorkflow } from './workflow.ts'

/** A kind of task. */
export interface Kind {
  /** What it does, one sentence. */
  readonly doc: string
  /** Its own keys, over those of every task. */
  readonly fields: Fields
  /**
   * One attempt of a task of this kind; the result comes at once where there is nothing to wait for.
   * @throws TaskFailed, TemplateError where it fails
   */
  run(task: TaskIr, context: TaskContext): Steps<TaskResult> | TaskResult
  readonly allows: {
    /** `condition` decides whether the task is skipped. Where false, the kind's own fields say what it means. */
    readonly condition: boolean
    /** `retry_policy` and `retries`. */
    readonly retry: boolean
  }
}

/** Every kind of task. */
export const kinds = {
  basic: {
    doc: 'Calls a tool once.',
    fields: basicFields,
    run: runBasic,
    allows: { condition: true, retry: true },
  },
  router: {
    doc: 'Chooses what follows by a value.',
    fields: routerFields,
    run: runRouter,
    allows: { condition: false, retry: false },
  },
  parallel: {
    doc: 'Runs tasks at the same time.',
    fields: parallelFields,
    run: runParallel,
    allows: { condition: true, retry: false },
  },
  collection: {
    doc: 'Runs one task for each item of a list.',
    fields: collectionFields,
    run: runCollection,
    allows: { condition: true, retry: false },
  },
  composite: {
    doc: 'Runs tasks one after another as one step.',
    fields: compositeFields,
    run: runComposite,
    allows: { condition: true, retry: false },
  },
  aggregate: {
    doc: 'Computes an output from what other tasks gave.',
    fields: aggregateFields,
    run: runAggregate,
    allows: { condition: true, retry: false },
  },
  wait: {
    doc: 'Waits for a signal.',
    fields: waitFields,
    run: runWait,
    allows: { condition: false, retry: false },
  },
  signal: {
    doc: 'Sends a signal to a run, or starts the workflows that listen.',
    fields: signalFields,
    run: runSignal,
    allows: { condition: true, retry: true },
  },
  workflow: {
    doc: 'Runs another workflow of the project.',
    fields: workflowFields,
    run: runWorkflow,
    allows: { condition: true, retry: true },
  },
  pause: {
    doc: 'Pauses durably.',
    fields: pauseFields,
    run: runPause,
    allows: { condition: true, retry: false },
  },
} as const satisfies Record<TaskType, Kind>
