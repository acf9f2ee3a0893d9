/** Requests in flight, by the second in which they started. Costs two array accesses a request. */
export interface OpenRequests {
  /** Adds a request that started in this second of `process.hrtime()`. */
  add(second: number): void
  /** Removes it. */
  remove(second: number): void
  /** Returns the age of the oldest request in seconds, or 0 without one. */
  oldestAge(): number
}

/** Seconds that are told apart: 4.5 hours. A power of two, so that `&` finds the slot. */
const size = 16_384

/** Creates an empty set of requests. `now`: the second of `process.hrtime()`. */
export function createOpenRequests(now: () => number = () => process.hrtime()[0]): OpenRequests {
  const counts = new Int32Array(size)
  let oldest = now()
  return {
    add: (second) => {
      counts[second & (size - 1)]!++
    },
    remove: (second) => {
      counts[second & (size - 1)]!--
    },
    oldestAge() {
      const current = now()
      oldest = Math.max(oldest, current - size + 1)
      while (oldest < current && counts[oldest & (size - 1)] === 0) oldest++
      return current - oldest
    },
  }
}
