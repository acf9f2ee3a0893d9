import { useEffect, useState } from 'preact/hooks'
import { get, runPath, type Execution, type TaskState } from '../api/client.ts'
import { streamEvents } from '../api/event-stream.ts'
import { explain } from '../api/problem.ts'
import { withTasks, type TaskChange } from './run-tree.ts'

/** A run as the page knows it. */
export interface WatchedRun {
  readonly run: Execution | undefined
  readonly error: string | undefined
  readonly reload: () => void
}

/** Changes are shown at most this often, ms: a run of many tasks sends thousands. */
const renderEveryMs = 250

/** How long to wait before the stream is opened again, ms. */
const retryMs = 2_000

/** Applies the events of a run's stream until it ends; calls `show` with each new state. */
async function follow(
  start: Execution,
  signal: AbortSignal,
  show: (run: Execution) => void,
): Promise<void> {
  let run = start
  let changes: TaskChange[] = []
  let shown = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true })
  const update = () => {
    clearTimeout(timer)
    const wait = shown + renderEveryMs - performance.now()
    if (wait > 0) {
      timer = setTimeout(update, wait)
      return
    }
    shown = performance.now()
    if (changes.length > 0) run = { ...run, tasks: withTasks(run.tasks ?? {}, changes) }
    changes = []
    show(run)
  }
  for await (const { event, data } of streamEvents(`${runPath(start.exec_id)}/events`, signal)) {
    if (event === 'task') {
      const { id, ...state } = JSON.parse(data) as TaskState & { id: string }
      changes.push({ path: id, state })
    }
    if (event === 'end') {
      run = JSON.parse(data) as Execution
      changes = []
    }
    update()
  }
}

/** Reads a run, and follows it while it is open. */
export function useRun(id: string): WatchedRun {
  const [state, setState] = useState<{ id: string; run?: Execution; error?: string }>({ id })
  const [round, setRound] = useState(0)

  useEffect(() => {
    const aborter = new AbortController()
    const { signal } = aborter
    const watch = async () => {
      while (!signal.aborted) {
        try {
          const run = await get<Execution>(runPath(id), signal)
          setState({ id, run })
          if (run.status !== 'running') return
          await follow(run, signal, (next) => setState({ id, run: next }))
        } catch (error) {
          if (signal.aborted) return
          setState((before) => {
            const known = before.id === id ? before : { id }
            return { ...known, error: explain(error) }
          })
          await new Promise((resolve) => setTimeout(resolve, retryMs))
        }
      }
    }
    void watch()
    return () => aborter.abort()
  }, [id, round])

  const isCurrent = state.id === id
  return {
    run: isCurrent ? state.run : undefined,
    error: isCurrent ? state.error : undefined,
    reload: () => setRound((before) => before + 1),
  }
}
