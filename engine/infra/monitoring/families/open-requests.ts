/** Requests in flight, by the second in which they started. Costs two array accesses a request. */
export interface OpenRequests {
  /** Adds a request that started in this second of `process.hrtime()`. */
  add(second: number): void
  /** Removes it. */
  remove(second: number): void
  /**
   * Returns the age of the oldest request in seconds, or 0 without one. It stops at 4.5 hours until
   * every request that is older has ended.
   */
  oldestAge(): number
}

/** Seconds that are told apart: 4.5 hours. A power of two, so that `&` finds the slot. */
const size = 16_384
const slotOf = (second: number): number => second & (size - 1)

/** Creates an empty set of requests. `now`: the second of `process.hrtime()`. */
export function createOpenRequests(now: () => number = () => process.hrtime()[0]): OpenRequests {
  const counts = new Int32Array(size)
  /** The first second that has a slot; the last one is `size - 1` seconds later. */
  let first = now()
  /** No slot before it holds a request. */
  let oldest = first
  /** Requests from before `first`. A later second has their slot now. */
  let overdue = 0

  /** Gives a second the last slot. What the slots before held is overdue. */
  function slideTo(second: number): void {
    const start = second - size + 1
    // A whole window later, each slot has been emptied once.
    for (const end = Math.min(start, first + size); first < end; first++) {
      overdue += counts[slotOf(first)]!
      counts[slotOf(first)] = 0
    }
    first = start
    oldest = Math.max(oldest, first)
  }

  return {
    add(second) {
      if (second >= first + size) slideTo(second)
      counts[slotOf(second)]!++
    },
    remove(second) {
      if (second < first) overdue--
      else counts[slotOf(second)]!--
    },
    oldestAge() {
      const current = now()
      if (current >= first + size) slideTo(current)
      if (overdue > 0) return size - 1
      while (oldest < current && counts[slotOf(oldest)] === 0) oldest++
      return current - oldest
    },
  }
}
