import { useEffect, useState } from 'preact/hooks'
import { get } from './client.ts'
import { explain } from './problem.ts'
import { repeatWhileVisible } from './repeat.ts'

/** What a view knows of a resource. */
export interface Loaded<T> {
  readonly data: T | undefined
  /** Why the last attempt failed. */
  readonly error: string | undefined
  readonly reload: () => void
}

/**
 * Reads a resource of the API, again every `everyMs` while the tab is visible. A new path forgets
 * the old one's data; null reads nothing. `read` may add to the path what changes with time.
 */
export function useApi<T>(
  path: string | null,
  everyMs?: number,
  read: (path: string, signal: AbortSignal) => Promise<T> = get,
): Loaded<T> {
  const [state, setState] = useState<{ path: string | null; data?: T; error?: string }>({ path })
  const [round, setRound] = useState(0)

  useEffect(() => {
    if (path === null) return undefined
    const aborter = new AbortController()
    const { signal } = aborter
    const load = async () => {
      try {
        const data = await read(path, signal)
        if (!signal.aborted) setState({ path, data })
      } catch (error) {
        if (signal.aborted) return
        setState((before) => {
          const known = before.path === path ? before : { path }
          return { ...known, error: explain(error) }
        })
      }
    }
    repeatWhileVisible(load, everyMs, signal)
    return () => aborter.abort()
  }, [path, everyMs, round])

  const isCurrent = state.path === path
  return {
    data: isCurrent ? state.data : undefined,
    error: isCurrent ? state.error : undefined,
    reload: () => setRound((before) => before + 1),
  }
}
