import type { ToolRunner } from './runner.ts'

/** A runner in whose place another can come while calls are under way. */
export interface ReplaceableRunner extends ToolRunner {
  /** Sends every further call to `next`; the one before is stopped when its last call has ended. */
  replace(next: ToolRunner): void
}

interface Generation {
  readonly runner: ToolRunner
  calls: number
}

/**
 * For `dev`, where tools and their permissions change: warm processes hold the code that they have loaded, and what a
 * tool imports is nowhere noted, so a change takes new processes.
 */
export function createReplaceableRunner(first: ToolRunner): ReplaceableRunner {
  let current: Generation = { runner: first, calls: 0 }
  const retired = new Set<Generation>()
  const stopping = new Set<Promise<void>>()

  function stopIfIdle(generation: Generation): void {
    if (generation.calls > 0 || !retired.delete(generation)) return
    const stopped = generation.runner.stop().finally(() => stopping.delete(stopped))
    stopping.add(stopped)
  }

  return {
    async call(call, options) {
      const generation = current
      generation.calls++
      try {
        return await generation.runner.call(call, options)
      } finally {
        generation.calls--
        stopIfIdle(generation)
      }
    },
    replace(next) {
      const before = current
      current = { runner: next, calls: 0 }
      retired.add(before)
      stopIfIdle(before)
    },
    async stop() {
      const living = [...retired, current].map(({ runner }) => runner.stop())
      retired.clear()
      await Promise.all([...living, ...stopping])
    },
  }
}
