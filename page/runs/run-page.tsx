import { useMemo, useState } from 'preact/hooks'
import type { Execution } from '../api/client.ts'
import { formatDuration, formatTime } from '../format.ts'
import { hashOf } from '../location.ts'
import { Ago } from '../ui/ago.tsx'
import { Fact } from '../ui/fact.tsx'
import { Json } from '../ui/json.tsx'
import { Empty, ErrorNotice } from '../ui/notice.tsx'
import { Status } from '../ui/status.tsx'
import { History } from './history.tsx'
import { RunLogs } from './logs.tsx'
import { RunActions } from './run-actions.tsx'
import { Inside } from './inside.tsx'
import { causeOf, rowsOf, type TaskRow } from './run-tree.ts'
import { ErrorBox, TaskPanel } from './task-panel.tsx'
import { Timeline } from './timeline.tsx'
import { useRun } from './use-run.ts'

function RunLink({ id }: { readonly id: string }) {
  return <a href={hashOf(['runs', id])}>{id}</a>
}

function Facts({ run }: { readonly run: Execution }) {
  const { reruns = [] } = run
  return (
    <dl class="facts">
      <Fact label="Workflow">
        <a href={hashOf(['workflows', run.workflow_id])}>{run.workflow_id}</a>
      </Fact>
      <Fact label="Started" title={formatTime(run.started_at)}>
        <Ago time={run.started_at} />
      </Fact>
      {run.child_of !== null && (
        <Fact label="Started by">
          <RunLink id={run.child_of} />
        </Fact>
      )}
      {run.rerun_of !== null && (
        <Fact label="Repeats">
          <RunLink id={run.rerun_of} />
        </Fact>
      )}
      {reruns.length > 0 && (
        <Fact label="Repeated by">
          {reruns.map((id) => (
            <RunLink key={id} id={id} />
          ))}
        </Fact>
      )}
      {run.closed_at !== null && (
        <Fact label="Took">
          {formatDuration(Date.parse(run.closed_at) - Date.parse(run.started_at))}
        </Fact>
      )}
    </dl>
  )
}

const isOpen = ({ task }: TaskRow): boolean => task.status === 'running'

function Tasks({ run, rows }: { readonly run: Execution; readonly rows: readonly TaskRow[] }) {
  const [chosen, choose] = useState<string | null>(null)
  // A run that was ended from outside leaves the task that it stopped in as it was: running.
  const stopped = run.closed_at === null ? undefined : rows.findLast(isOpen)
  const path = chosen ?? causeOf(run, rows)?.path ?? stopped?.path ?? null
  const row = rows.find((one) => one.path === path)
  if (rows.length === 0)
    return (
      <Empty>
        {run.tasks === null ? 'No worker reports the tasks of this run.' : 'No task has started.'}
      </Empty>
    )
  return (
    <div class="split">
      <div>
        <Timeline run={run} rows={rows} chosen={path} choose={choose} />
        {run.next_cursor !== undefined && (
          <Inside run={run} path="" title="All tasks that started" choose={choose} />
        )}
      </div>
      {path === null ? (
        <Empty>Choose a task to see what it got, gave, and why it failed.</Empty>
      ) : (
        <TaskPanel key={path} run={run} path={path} row={row} choose={choose} />
      )}
    </div>
  )
}

/** One run: what happened, why it failed, and what can be done. */
export function RunPage({ id }: { readonly id: string }) {
  const { run, error, reload } = useRun(id)
  const rows = useMemo(() => rowsOf((run?.tasks ?? {}) as never), [run?.tasks])
  if (run === undefined)
    return error === undefined ? <Empty>Loading …</Empty> : <ErrorNotice error={error} />
  return (
    <>
      <header class="title">
        <h1>
          <code>{run.exec_id}</code> <Status status={run.status} />
        </h1>
        <RunActions run={run} onDone={reload} />
      </header>
      <ErrorNotice error={error} />
      <Facts run={run} />
      {run.error !== null && <ErrorBox error={run.error} brief={rows.length > 0} />}
      <h2>Tasks</h2>
      <Tasks run={run} rows={rows} />
      <RunLogs run={run} />
      <History run={run} />
      <div class="pair">
        <section>
          <h2>Input</h2>
          <Json value={run.input} label="Input of the run" />
        </section>
        <section>
          <h2>Output</h2>
          {run.status === 'completed' ? (
            <Json value={run.output} label="Output of the run" />
          ) : (
            <Empty>None. Status of the run: {run.status.replace('_', ' ')}.</Empty>
          )}
        </section>
      </div>
    </>
  )
}
