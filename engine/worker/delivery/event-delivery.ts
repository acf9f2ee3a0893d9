import { condition } from '@temporalio/workflow'
import type { RunEvent } from '../../definition/run-protocol.ts'
import { noteStep, takeAnswer } from './activation-jobs.ts'

/** Brings the events of one run to its interpreter. */
export interface EventDelivery {
  /** Delivers the events so far, and from now on those that arrive together in one step. */
  begin(step: StepRun): void
  /** Adds a signal or a cancellation. */
  add(event: RunEvent): void
  /** Adds the answer of a command. `read` returns undefined when nobody waits for it any more. */
  answer(read: () => RunEvent | undefined): void
}

/** Takes events. Returns whether the run goes on. */
type StepRun = (events: readonly RunEvent[]) => boolean

/**
 * Creates the delivery of a run. The answers that arrive in one activation are one step, and those
 * that come with signals a second one: a replay gets the same activations, unless a run of revision
 * 9 or before calls local activities. A condition of the SDK tells when an activation has brought
 * everything, and costs another call into the workflow sandbox and four promises. An activation
 * that brings only answers needs none: its last answer is known. It still does where an activity's
 * result leads to something else than an answer.
 */
export function createEventDelivery(): EventDelivery {
  const waiting: RunEvent[] = [{ type: 'started' }]
  const resolved = Promise.resolve()
  let step: StepRun | undefined

  const queue = (event: RunEvent | undefined): void => {
    if (event !== undefined) waiting.push(event)
  }

  async function deliver(stepRun: StepRun): Promise<void> {
    for (;;) {
      noteStep()
      if (!stepRun(waiting.splice(0))) return
      await condition(() => waiting.length > 0)
    }
  }

  return {
    begin(stepRun) {
      step = stepRun
      void deliver(stepRun)
    },
    add: queue,
    answer(read) {
      const left = takeAnswer()
      // One turn later, as in the builds whose runs are replayed: a signal may come before it.
      if (left === undefined) return void resolved.then(() => queue(read()))
      queue(read())
      if (left === 0 && waiting.length > 0) step?.(waiting.splice(0))
    },
  }
}
