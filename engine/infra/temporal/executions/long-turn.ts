import { setImmediate } from 'node:timers/promises'

/** A step shorter than this, in ms, goes on in the same turn of the event loop. */
const shortMs = 10

/** Measures the steps of work on a large value, and lets other work in after each long one. */
export function createTurn(): { yieldIfLong(): Promise<void> } {
  let since = performance.now()
  return {
    async yieldIfLong() {
      if (performance.now() - since > shortMs) await setImmediate()
      since = performance.now()
    },
  }
}
