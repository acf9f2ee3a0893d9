import type { ToolRunner } from './runner.ts'

/** A runner that can be exchanged while calls are in flight. */
export interface ReplaceableRunner extends ToolRunner {
  /** Sends every further call to `next`; stops the old runner after its last call. */
  replace(next: ToolRunner): void
}

interface Generation {
  readonly runner: ToolRunner
  calls: number
}

/**
 * Creates a runner for `dev`, where tools and permissions change. Warm processes keep the code that
 * they loaded, so a change needs new processes.
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
