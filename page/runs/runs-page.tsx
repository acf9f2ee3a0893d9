import { useState } from 'preact/hooks'
import { getAll, queryOf, type ExecutionSummary, type Workflow } from '../api/client.ts'
import { useApi } from '../api/use-api.ts'
import { formatDuration, isoOf } from '../format.ts'
import { hashOf, replaceQuery, type Location } from '../location.ts'
import { Ago } from '../ui/ago.tsx'
import { Empty, ErrorNotice } from '../ui/notice.tsx'
import { Status } from '../ui/status.tsx'
import { BulkRerun, type RunFilter } from './bulk-rerun.tsx'
import { pageSize } from './read-pages.ts'
import { useRunList } from './use-run-list.ts'

const statuses = ['running', 'completed', 'failed', 'canceled', 'terminated', 'timed_out']

function Filters({ location }: { readonly location: Location }) {
  const { query } = location
  const { data } = useApi<readonly Workflow[]>('/workflows?limit=200', undefined, getAll)
  const set = (key: string, value: string) => {
    const next = new URLSearchParams(query)
    if (value === '') next.delete(key)
    else next.set(key, value)
    replaceQuery(location, next)
  }
  return (
    <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
      <label>
        Workflow
        <select
          value={query.get('workflow_id') ?? ''}
          onChange={({ currentTarget }) => set('workflow_id', currentTarget.value)}
        >
          <option value="">all</option>
          {data?.map(({ id }) => (
            <option key={id}>{id}</option>
          ))}
        </select>
      </label>
      <label>
        Status
        <select
          value={query.get('status') ?? ''}
          onChange={({ currentTarget }) => set('status', currentTarget.value)}
        >
          <option value="">all</option>
          {statuses.map((status) => (
            <option key={status} value={status}>
              {status.replace('_', ' ')}
            </option>
          ))}
        </select>
      </label>
      <label>
        Started after
        <input
          type="datetime-local"
          value={query.get('after') ?? ''}
          onChange={({ currentTarget }) => set('after', currentTarget.value)}
        />
      </label>
      <label>
        Error says
        <input
          type="search"
          maxLength={200}
          value={query.get('error_text') ?? ''}
          onChange={({ currentTarget }) => set('error_text', currentTarget.value.trim())}
        />
      </label>
      <label>
        Run
        <input
          type="search"
          placeholder="exec_id"
          onKeyDown={({ key, currentTarget }) => {
            const id = currentTarget.value.trim()
            if (key === 'Enter' && id !== '') window.location.hash = hashOf(['runs', id])
          }}
        />
      </label>
    </form>
  )
}

function durationOf({ started_at, closed_at }: ExecutionSummary): string {
  return closed_at === null ? '' : formatDuration(Date.parse(closed_at) - Date.parse(started_at))
}

function Row({ run }: { readonly run: ExecutionSummary }) {
  const { error } = run
  return (
    <tr>
      <td>
        <Status status={run.status} />
      </td>
      <td>
        <a href={hashOf(['runs', run.exec_id])}>
          <code>{run.exec_id}</code>
        </a>
      </td>
      <td>{run.workflow_id}</td>
      <td>
        <Ago time={run.started_at} />
      </td>
      <td>{durationOf(run)}</td>
      <td class="why">
        {error !== null && (
          <>
            <b>{error.type}</b> {error.task !== undefined && <small>in {error.task}:</small>}{' '}
            {error.message}
          </>
        )}
        {error === null && run.status === 'timed_out' && 'took longer than its config.timeout'}
      </td>
    </tr>
  )
}

/** The filters of the list, without the status: only failed runs are repeated. */
function failedOf(query: URLSearchParams): RunFilter {
  const after = query.get('after')
  const given = ['workflow_id', 'error_text'].flatMap((key) => {
    const value = query.get(key)
    return value === null ? [] : [[key, value] as const]
  })
  const from = isoOf(after)
  return Object.fromEntries([...given, ...(from === undefined ? [] : [['from', from] as const])])
}

/** The runs of the project: open ones, then those that closed last. */
export function RunsPage({ location }: { readonly location: Location }) {
  const { query } = location
  const after = query.get('after')
  const from = isoOf(after)
  const misread =
    after !== null && from === undefined
      ? `"${after}" in the address is no time, so the list has every run`
      : undefined
  const [isRepeating, setRepeating] = useState(false)
  const path = `/executions/workflows${queryOf({
    limit: pageSize,
    workflow_id: query.get('workflow_id') ?? undefined,
    status: query.get('status') ?? undefined,
    error_text: query.get('error_text') ?? undefined,
    from,
  })}`
  const { rows, error, openMore } = useRunList(path)
  const hasMore = openMore !== undefined
  return (
    <>
      <header class="title">
        <h1>Runs</h1>
        <div class="buttons">
          <button type="button" onClick={() => setRepeating(true)}>
            Repeat failed runs
          </button>
        </div>
      </header>
      {isRepeating && <BulkRerun filter={failedOf(query)} onClose={() => setRepeating(false)} />}
      <Filters location={location} />
      <ErrorNotice error={error ?? misread} />
      {rows?.length === 0 && query.size === 0 && (
        <Empty>
          There are no runs yet. <a href="#/workflows">Start one</a>.
        </Empty>
      )}
      {rows?.length === 0 && query.size > 0 && (
        <Empty>{hasMore ? 'No run matches among those searched so far.' : 'No run matches.'}</Empty>
      )}
      {rows !== undefined && rows.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label="Runs">
          <table class="runs">
            <thead>
              <tr>
                <th>Status</th>
                <th>Run</th>
                <th>Workflow</th>
                <th>Started</th>
                <th>Took</th>
                <th>Why</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((run) => (
                <Row key={run.exec_id + run.run_id} run={run} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {hasMore && (
        <button type="button" onClick={openMore}>
          More runs
        </button>
      )}
    </>
  )
}
