import { useEffect, useRef, useState } from 'preact/hooks'
import { get, runPath, type Execution, type HistoryEntry, type PageOf } from '../api/client.ts'
import { explain } from '../api/problem.ts'
import { formatDuration, formatTime } from '../format.ts'
import { Empty, ErrorNotice } from '../ui/notice.tsx'

/** What happened in a run, in order, read when a person opens it. */
export function History({ run }: { readonly run: Execution }) {
  const [isOpen, setOpen] = useState(false)
  const [entries, setEntries] = useState<readonly HistoryEntry[]>([])
  const [cursor, setCursor] = useState<string | null | undefined>()
  const [error, setError] = useState<string>()
  const reading = useRef<AbortController | undefined>(undefined)
  /** Reads the first page, or one more. What is still being read is left: it is older. */
  const load = async (from?: string) => {
    reading.current?.abort()
    const { signal } = (reading.current = new AbortController())
    try {
      const query = from === undefined ? '' : `?cursor=${encodeURIComponent(from)}`
      const path = `${runPath(run.exec_id)}/history${query}`
      const page = await get<PageOf<HistoryEntry>>(path, signal)
      if (signal.aborted) return
      setEntries((before) => (from === undefined ? page.items : [...before, ...page.items]))
      setCursor(page.next_cursor)
      setError(undefined)
    } catch (failure) {
      if (!signal.aborted) setError(explain(failure))
    }
  }
  useEffect(() => {
    if (!isOpen) return undefined
    void load()
    return () => reading.current?.abort()
  }, [isOpen, run.status])
  const start = Date.parse(run.started_at)
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        <h2>History</h2>
      </summary>
      <ErrorNotice error={error} />
      {cursor !== undefined && entries.length === 0 && <Empty>Nothing has happened yet.</Empty>}
      <ol class="history">
        {entries.map((entry, i) => (
          <li key={i}>
            <time dateTime={entry.at} title={formatTime(entry.at)}>
              +{formatDuration(Date.parse(entry.at) - start)}
            </time>{' '}
            {entry.text}
          </li>
        ))}
      </ol>
      {typeof cursor === 'string' && (
        <button type="button" onClick={() => void load(cursor)}>
          More
        </button>
      )}
    </details>
  )
}
