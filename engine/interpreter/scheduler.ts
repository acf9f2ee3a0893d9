import type { Group } from '../kinds/task-context.ts'
import { waitFor, type Steps } from '../kinds/steps.ts'

/** Steps that are on their way. */
interface Fiber {
  /** Ends the steps where they wait. Does nothing once they have ended. */
  cancel(): void
}

/** Runs steps side by side, one at a time, in the order in which they become ready. */
export interface Scheduler {
  /** Queues new steps; `onEnd` hears of their end unless they are cancelled. */
  start<T>(steps: Steps<T>, onEnd: (value: T) => void): Fiber
  group<T>(): Group<T>
  /** Runs until everybody waits. Whatever steps throw comes out here. */
  drain(): void
}

/** A scheduler without time, promises or chance: the same resumptions always give the same order. */
export function createScheduler(): Scheduler {
  let ready: (() => void)[] = []

  function start<T>(steps: Steps<T>, onEnd: (value: T) => void): Fiber {
    let takeBack: (() => void) | undefined
    let ended = false

    const advance = (value: unknown): void => {
      if (ended) return
      takeBack = undefined
      const step = steps.next(value)
      if (step.done === true) {
        ended = true
        onEnd(step.value)
        return
      }
      takeBack = step.value((answer) => ready.push(() => advance(answer)))
    }

    ready.push(() => advance(undefined))
    return {
      cancel() {
        if (ended) return
        ended = true
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
      const batch = ready
      ready = []
      for (const go of batch) go()
    }
  }

  return { start, group, drain }
}
