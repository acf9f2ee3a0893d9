import { useState } from 'preact/hooks'
import type { Execution } from '../api/client.ts'
import { formatDuration } from '../format.ts'
import { Status, toneOf } from '../ui/status.tsx'
import { useNow } from '../ui/ago.tsx'
import { barOf, statusIn, type Span, type TaskRow } from './run-tree.ts'

/** Rows that are drawn at first, and added by the button: the browser lays out each of them. */
const rowsAtOnce = 100

function durationOf({ task }: TaskRow, now: number): string {
  if (task.started_at === undefined) return ''
  const end = task.ended_at === undefined ? now : Date.parse(task.ended_at)
  return formatDuration(end - Date.parse(task.started_at))
}

function countsOf({ task }: TaskRow): string {
  const counts = Object.entries(task.counts ?? {})
  return counts.map(([status, count]) => `${count} ${status.replace('_', ' ')}`).join(', ')
}

function Row(props: {
  readonly row: TaskRow
  readonly run: Execution
  readonly span: Span
  readonly now: number
  readonly isChosen: boolean
  readonly choose: (path: string) => void
}) {
  const { row, run, span, now, isChosen, choose } = props
  const { task, id, depth, path } = row
  const status = statusIn(run, task)
  // It ran before this run began: the timeline has no place for it.
  const bar = task.carried === true ? undefined : barOf(task, span, now)
  return (
    <li class={`row ${isChosen ? 'chosen' : ''}`}>
      <button type="button" aria-pressed={isChosen} onClick={() => choose(path)}>
        <span class="name" style={{ paddingLeft: `${depth * 14}px` }}>
          <b>{id}</b> <small>{task.type}</small>
          {task.carried === true && <small>, carried over</small>}
          {task.attempts > 1 && <small class="attempts"> {task.attempts} attempts</small>}
        </span>
        <Status status={status} />
        <span class="track" aria-hidden="true">
          {bar !== undefined && (
            <span
              class={`bar ${toneOf(status)}`}
              style={{ left: `${bar.left}%`, width: `${bar.width}%` }}
            />
          )}
        </span>
        <span class="duration">{countsOf(row) || durationOf(row, now)}</span>
      </button>
    </li>
  )
}

/** The tasks of a run with when each ran, as rows to choose from. */
export function Timeline(props: {
  readonly run: Execution
  readonly rows: readonly TaskRow[]
  readonly chosen: string | null
  readonly choose: (path: string) => void
}) {
  const { run, rows, chosen, choose } = props
  const now = useNow(run.status === 'running' ? 1_000 : 60_000)
  const to = run.closed_at === null ? now : Date.parse(run.closed_at)
  const span = { from: Date.parse(run.started_at), to }
  const [drawn, draw] = useState(rowsAtOnce)
  const more = rows.length - drawn
  return (
    <>
      <ol class="timeline" aria-label="Tasks">
        {rows.slice(0, drawn).map((row) => (
          <Row
            key={row.path}
            row={row}
            run={run}
            span={span}
            now={Math.min(now, to)}
            isChosen={row.path === chosen}
            choose={choose}
          />
        ))}
      </ol>
      {more > 0 && (
        <p class="empty">
          {more} more {more === 1 ? 'task' : 'tasks'}; choose a container to see its own.{' '}
          <button type="button" onClick={() => draw(drawn + rowsAtOnce)}>
            Show {Math.min(more, rowsAtOnce)} more
          </button>
        </p>
      )}
    </>
  )
}
