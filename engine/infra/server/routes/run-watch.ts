import { setMaxListeners } from 'node:events'
import type { Execution, Executions } from '../../../executions.ts'
import { showExecution, type ExecutionDocument } from './execution-view.ts'

/** How long a look at an open run waits for its close before the next look, ms. */
const lookEveryMs = 1_000

/** Follows runs. */
export interface RunWatch {
  /** Yields the run now and about once a second, until it is closed or `signal` aborts. */
  follow(run: Execution, signal: AbortSignal): AsyncGenerator<ExecutionDocument>
}

/** One look at a run. `next` waits for the look after it, the same one for everybody. */
interface Look {
  readonly execution: ExecutionDocument
  readonly next: () => Promise<Look>
}

/** A run that is being followed. */
interface Watch {
  latest: Promise<Look>
  followers: number
  readonly stop: AbortController
}

/** Looks at each run once, however many follow it; stops when the last follower leaves. */
export function createRunWatch(executions: Executions): RunWatch {
  const watches = new Map<string, Watch>()

  function join(run: Execution): Watch {
    const found = watches.get(run.exec_id)
    if (found !== undefined) {
      found.followers++
      return found
    }
    const stop = new AbortController()
    // Every wait of the watch listens to it; Node reports more than ten as a leak.
    setMaxListeners(0, stop.signal)
    const look = async (now: Execution): Promise<Look> => {
      const execution = await showExecution(executions, now, { signal: stop.signal })
      let following: Promise<Look> | undefined
      const next = (): Promise<Look> => (following ??= lookAgain())
      const made = { execution, next }
      watch.latest = Promise.resolve(made)
      return made
    }
    const lookAgain = async (): Promise<Look> => {
      const closed = await executions.result(run.exec_id, lookEveryMs, { signal: stop.signal })
      return look(closed ?? run)
    }
    const watch: Watch = { stop, followers: 1, latest: look(run) }
    watches.set(run.exec_id, watch)
    return watch
  }

  function leave(execId: string, watch: Watch): void {
    if (--watch.followers > 0) return
    watch.stop.abort()
    if (watches.get(execId) === watch) watches.delete(execId)
  }

  return {
    async *follow(run, signal) {
      const watch = join(run)
      try {
        let look = await unless(signal, watch.latest)
        while (look !== undefined) {
          yield look.execution
          if (look.execution.status !== 'running') return
          look = await unless(signal, look.next())
        }
      } catch (error) {
        // A client that joins from now on starts a new watch.
        watches.delete(run.exec_id)
        throw error
      } finally {
        leave(run.exec_id, watch)
      }
    },
  }
}

/** The promise's value, or undefined once the signal aborts. */
function unless<T>(signal: AbortSignal, promise: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const end = (): void => resolve(undefined)
    if (signal.aborted) end()
    signal.addEventListener('abort', end, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', end))
  })
}
