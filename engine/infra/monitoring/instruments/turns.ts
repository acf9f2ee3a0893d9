import { promisify } from 'node:util'

const nextTurn = promisify(setImmediate)

/** How long the work of a scrape may hold the event loop at a time, ms. */
const turnMs = 1

/** Work that yields wherever it may be interrupted. */
export type Interruptible<T> = Generator<void, T>

/**
 * Does work in turns of a millisecond, between which the event loop is free. Within a turn nothing
 * else runs, no microtask either.
 */
export async function inTurns<T>(work: Interruptible<T>): Promise<T> {
  let turnEnds = performance.now() + turnMs
  for (;;) {
    const step = work.next()
    if (step.done === true) return step.value
    if (performance.now() < turnEnds) continue
    await nextTurn()
    turnEnds = performance.now() + turnMs
  }
}
