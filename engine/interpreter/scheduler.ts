import type { Group } from '../kinds/task-context.ts'
import { waitFor, type Steps } from '../kinds/steps.ts'

/** Steps in progress. */
interface Fiber {
  /** Ends the steps at the effect they wait for. Does nothing once they have ended. */
  cancel(): void
}

/** Runs steps side by side, one at a time, in the order in which they become ready. */
export interface Scheduler {
  /** Queues new steps. Calls `onEnd` when they end, unless they are cancelled. */
  start<T>(steps: Steps<T>, onEnd: (value: T) => void): Fiber
  group<T>(): Group<T>
  /** Runs until everybody waits or the slice is spent. Throws what steps throw. */
  drain(): void
  /** Whether steps are ready to run: the slice was spent before everybody waited. */
  hasReady(): boolean
}

/**
 * Creates a scheduler without time, promises or chance: the same resumptions give the same order.
 * @param isSpent asked between two resumptions: true ends the slice, and the rest waits its turn
 */
export function createScheduler(isSpent: () => boolean): Scheduler {
  let ready: (() => void)[] = []

  function start<T>(steps: Steps<T>, onEnd: (value: T) => void): Fiber {
    let takeBack: (() => void) | undefined
    let isCanceled = false

    const advance = (value: unknown): void => {
      if (isCanceled) return
      takeBack = undefined
      const step = steps.next(value)
      if (step.done === true) return onEnd(step.value)
      takeBack = step.value((answer) => ready.push(() => advance(answer)))
    }

    ready.push(() => advance(undefined))
    return {
      cancel() {
        if (isCanceled) return
        isCanceled = true
        takeBack?.()
        const step = steps.return(undefined as never)
        if (step.done !== true) throw new Error('steps waited while they were cancelled')
      },
    }
  }

  function group<T>(): Group<T> {
    const running = new Map<number, Fiber>()
    const done: { key: number; value: T }[] = []
    let resume: ((ended: unknown) => void) | undefined
    return {
      add(key, steps) {
        const fiber = start(steps, (value) => {
          running.delete(key)
          const ended = { key, value }
          if (resume === undefined) done.push(ended)
          else resume(ended)
          resume = undefined
        })
        running.set(key, fiber)
      },
      *next() {
        const ended = done.shift()
        if (ended !== undefined) return ended
        return yield* waitFor<{ key: number; value: T }>((continueWith) => {
          resume = continueWith
          return () => (resume = undefined)
        })
      },
      cancel() {
        for (const fiber of running.values()) fiber.cancel()
        running.clear()
      },
    }
  }

  function drain(): void {
    while (ready.length > 0) {
      if (isSpent()) return
      const batch = ready
      ready = []
      for (let at = 0; at < batch.length; at++) {
        if (at > 0 && isSpent()) {
          ready = [...batch.slice(at), ...ready]
          return
        }
        batch[at]!()
      }
    }
  }

  return { start, group, drain, hasReady: () => ready.length > 0 }
}
