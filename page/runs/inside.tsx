import { useState } from 'preact/hooks'
import { queryOf, runPath, type Execution, type PageOf, type TaskRecord } from '../api/client.ts'
import { useApi } from '../api/use-api.ts'
import { Empty, ErrorNotice } from '../ui/notice.tsx'
import { Status } from '../ui/status.tsx'

/** How often the tasks of an open run are read again, ms; once more when it has closed. */
const refreshMs = 5_000

/** Tasks of a container on one page. */
const pageSize = 200

/**
 * The tasks inside a container that is too large for the timeline, page by page; the empty path
 * stands for the run.
 */
export function Inside(props: {
  readonly run: Execution
  readonly path: string
  readonly title: string
  readonly choose: (path: string) => void
}) {
  const { run, path, title, choose } = props
  const [status, setStatus] = useState('')
  /** Cursors of the pages that led to this one. */
  const [cursors, setCursors] = useState<readonly string[]>([])
  const query = queryOf({ limit: pageSize, status, cursor: cursors.at(-1) })
  const parent = `&parent=${encodeURIComponent(path)}`
  const { data, error } = useApi<PageOf<TaskRecord>>(
    `${runPath(run.exec_id)}/tasks${query}${parent}`,
    run.status === 'running' ? refreshMs : undefined,
  )
  const next = data?.next_cursor
  return (
    <section>
      <h4>{title}</h4>
      <label>
        Status{' '}
        <select
          value={status}
          onChange={({ currentTarget }) => {
            setCursors([])
            setStatus(currentTarget.value)
          }}
        >
          <option value="">all</option>
          <option>failed</option>
          <option>running</option>
          <option>completed</option>
        </select>
      </label>
      <ErrorNotice error={error} />
      <ul class="inside">
        {data?.items.map(({ id, visit, status: its }, at) => (
          <li key={at}>
            <button type="button" class="link" onClick={() => choose(id)}>
              {id.slice(path === '' ? 0 : path.length + 1)}
            </button>{' '}
            {visit > 1 && <small>round {visit} </small>}
            <Status status={its} />
          </li>
        ))}
      </ul>
      {data?.items.length === 0 && <Empty>None.</Empty>}
      {(cursors.length > 0 || typeof next === 'string') && (
        <div class="buttons">
          <button
            type="button"
            disabled={cursors.length === 0}
            onClick={() => setCursors(cursors.slice(0, -1))}
          >
            Previous
          </button>
          <button
            type="button"
            disabled={typeof next !== 'string'}
            onClick={() => setCursors([...cursors, next!])}
          >
            Next
          </button>
          <small>page {cursors.length + 1}</small>
        </div>
      )}
    </section>
  )
}
