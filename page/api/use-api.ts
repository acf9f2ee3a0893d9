import { useEffect, useRef, useState } from 'preact/hooks'
import { get } from './client.ts'
import { explain } from './problem.ts'

/** What a view knows of a resource. */
export interface Loaded<T> {
  readonly data: T | undefined
  /** Why the last attempt failed. */
  readonly error: string | undefined
  readonly reload: () => void
}

/**
 * Reads a resource of the API, again every `everyMs` while the tab is visible. A new path forgets
 * the old one's data; null reads nothing.
 */
export function useApi<T>(path: string | null, everyMs?: number): Loaded<T> {
  const [state, setState] = useState<{ path: string | null; data?: T; error?: string }>({ path })
  const [round, setRound] = useState(0)
  const latest = useRef(path)
  latest.current = path

  useEffect(() => {
    if (path === null) return undefined
    const aborter = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const load = async () => {
      if (document.visibilityState === 'visible' || round > 0) {
        try {
          const data = await get<T>(path, aborter.signal)
          if (latest.current === path) setState({ path, data })
        } catch (error) {
          if (aborter.signal.aborted) return
          setState((before) => {
            const known = before.path === path ? before : { path }
            return { ...known, error: explain(error) }
          })
        }
      }
      if (everyMs !== undefined && !aborter.signal.aborted)
        timer = setTimeout(() => void load(), everyMs)
    }
    void load()
    return () => {
      aborter.abort()
      clearTimeout(timer)
    }
  }, [path, everyMs, round])

  const isCurrent = state.path === path
  return {
    data: isCurrent ? state.data : undefined,
    error: isCurrent ? state.error : undefined,
    reload: () => setRound((before) => before + 1),
  }
}
