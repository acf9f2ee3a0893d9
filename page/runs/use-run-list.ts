import { useEffect, useRef, useState } from 'preact/hooks'
import { get, type ExecutionSummary, type PageOf } from '../api/client.ts'
import { explain } from '../api/problem.ts'
import { useApi } from '../api/use-api.ts'
import { appendRows, refreshRows } from './run-rows.ts'

/** How often the first page of the list is read again, ms. */
const refreshMs = 5_000

type RunPage = PageOf<ExecutionSummary>

/** The list of runs as far as a reader has opened it. */
export interface RunList {
  /** Newest first; undefined before the first page has come. */
  readonly rows: readonly ExecutionSummary[] | undefined
  readonly error: string | undefined
  /** Reads another page of older runs; undefined where there is none. */
  readonly loadOlder: (() => Promise<void>) | undefined
}

/** What older pages have added to the first one; `rows` has all, the first page included. */
interface OlderRuns {
  readonly rows?: readonly ExecutionSummary[]
  readonly cursor?: string | null
  readonly error?: string
}

/** Puts a fresh first page over what is known; forgets older pages that no longer join it. */
function refresh(older: OlderRuns, first: RunPage): OlderRuns {
  if (older.rows === undefined) return older
  const rows = refreshRows(first, older.rows)
  return rows === undefined ? {} : { ...older, rows }
}

/** Reads a list of runs: its first page again and again, and older ones when asked. */
export function useRunList(path: string): RunList {
  const { data: first, error } = useApi<RunPage>(path, refreshMs)
  const [known, setKnown] = useState<OlderRuns>({})
  const aborter = useRef(new AbortController())
  useEffect(() => {
    aborter.current = new AbortController()
    return () => {
      aborter.current.abort()
      setKnown({})
    }
  }, [path])
  useEffect(() => {
    if (first !== undefined) setKnown((before) => refresh(before, first))
  }, [first])

  if (first === undefined) return { rows: undefined, error, loadOlder: undefined }
  const older = refresh(known, first)
  const { rows = first.items, cursor = first.next_cursor } = older
  const loadOlder = async () => {
    const { signal } = aborter.current
    try {
      const page = await get<RunPage>(`${path}&cursor=${encodeURIComponent(cursor!)}`, signal)
      if (signal.aborted) return
      setKnown((before) => ({
        rows: appendRows(before.rows ?? rows, page.items),
        cursor: page.next_cursor,
      }))
    } catch (failure) {
      if (!signal.aborted) setKnown((before) => ({ ...before, error: explain(failure) }))
    }
  }
  return {
    rows,
    error: error ?? older.error,
    loadOlder: cursor === null ? undefined : loadOlder,
  }
}
