/**
 * V8 reads the limit through Error's prototypes. Error itself is frozen once the workflow code is
 * loaded, so the limit stands in a prototype of its own.
 */
const limit = Object.create(Object.getPrototypeOf(Error) as object) as { stackTraceLimit?: number }

/** Frames of an error's stack, as V8 has by default. */
const frames = 10

// Frozen where the SDK gives each run its code anew; stacks then stay as they are.
if (!Object.isFrozen(Error)) {
  delete (Error as { stackTraceLimit?: number }).stackTraceLimit
  Object.setPrototypeOf(Error, limit)
}

/**
 * Gives errors of this work a stack. Everything else in the workflow sandbox has none: Temporal
 * keeps a stack for every promise of an open run, which was a third of the run's memory and half of
 * its CPU, and showed the engine's code only.
 */
export function withStackTraces<T>(work: () => T): T {
  limit.stackTraceLimit = frames
  try {
    return work()
  } finally {
    delete limit.stackTraceLimit
  }
}
