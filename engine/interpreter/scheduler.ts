import type { Group } from '../kinds/task-context.ts'
import { waitFor, type Steps } from '../kinds/steps.ts'

/** Steps in progress. */
interface Fiber {
  /** Ends the steps at the effect they wait for. Does nothing once they have ended. */
  cancel(): void
}

/** A class, because each open task keeps one. */
class StepsFiber<T> implements Fiber {
  readonly #steps: Steps<T>
  readonly #onEnd: (value: T) => void
  readonly #queue: (turn: () => void) => void
  #takeBack: (() => void) | undefined
  #isCanceled = false

  constructor(steps: Steps<T>, onEnd: (value: T) => void, queue: (turn: () => void) => void) {
    this.#steps = steps
    this.#onEnd = onEnd
    this.#queue = queue
  }

  begin(): void {
    this.#queue(() => this.#advance(undefined))
  }

  cancel(): void {
    if (this.#isCanceled) return
    this.#isCanceled = true
    this.#takeBack?.()
    const step = this.#steps.return(undefined as never)
    if (step.done !== true) throw new Error('steps waited while they were canceled')
  }

  #advance(value: unknown): void {
    if (this.#isCanceled) return
    this.#takeBack = undefined
    const step = this.#steps.next(value)
    if (step.done === true) return this.#onEnd(step.value)
    this.#takeBack = step.value((answer) => this.#queue(() => this.#advance(answer)))
  }
}

/** Runs steps side by side, one at a time, in the order in which they become ready. */
export interface Scheduler {
  /** Queues new steps. Calls `onEnd` when they end, unless they are canceled. */
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
    const fiber = new StepsFiber(steps, onEnd, (turn) => ready.push(turn))
    fiber.begin()
    return fiber
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
