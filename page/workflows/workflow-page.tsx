import { useState } from 'preact/hooks'
import {
  get,
  queryOf,
  workflowPath,
  type ExecutionSummary,
  type PageOf,
  type WorkflowDetail,
} from '../api/client.ts'
import { useApi } from '../api/use-api.ts'
import { toLocalMinute } from '../format.ts'
import { hashOf } from '../location.ts'
import { Ago } from '../ui/ago.tsx'
import { Json } from '../ui/json.tsx'
import { Empty, ErrorNotice } from '../ui/notice.tsx'
import { Status } from '../ui/status.tsx'
import { FlowGraph } from './flow-graph.tsx'
import { StartForm } from './start-form.tsx'

const dayMs = 86_400_000
const minuteMs = 60_000

/** A day ago, to the minute as the filter of the list has it, ms. */
const dayAgo = () => Math.floor((Date.now() - dayMs) / minuteMs) * minuteMs

/** Reads the runs of a list that started in the last day, as of now. */
const readLastDay = (path: string, signal: AbortSignal) =>
  get<PageOf<ExecutionSummary>>(`${path}&from=${new Date(dayAgo()).toISOString()}`, signal)

function LastDay({ id }: { readonly id: string }) {
  const path = `/executions/workflows${queryOf({ workflow_id: id, limit: 200 })}`
  const { data, error } = useApi(path, 15_000, readLastDay)
  const after = toLocalMinute(dayAgo())
  const counts = new Map<string, number>()
  for (const { status } of data?.items ?? []) counts.set(status, (counts.get(status) ?? 0) + 1)
  // Open runs come first in the list, whenever they started.
  const newest = data?.items
    .map(({ started_at }) => started_at)
    .toSorted()
    .at(-1)
  return (
    <section>
      <h2>Last 24 hours</h2>
      <ErrorNotice error={error} />
      {data !== undefined && counts.size === 0 && <Empty>No run.</Empty>}
      <p class="counts">
        {[...counts].map(([status, count]) => (
          <a
            key={status}
            href={`${hashOf(['runs'])}${queryOf({ workflow_id: id, status, after })}`}
          >
            <Status status={status} /> {count}
          </a>
        ))}
        {data !== undefined && data.next_cursor !== null && (
          <span>of 200: those that are open, and that closed last</span>
        )}
      </p>
      <ol class="strip" aria-label="Open runs, and those that closed last">
        {data?.items.slice(0, 40).map((run) => (
          <li key={run.run_id}>
            <a href={hashOf(['runs', run.exec_id])} title={run.exec_id}>
              <Status status={run.status} />
            </a>
          </li>
        ))}
      </ol>
      {newest !== undefined && (
        <p>
          The newest started <Ago time={newest} />.
        </p>
      )}
    </section>
  )
}

/** One workflow: its tasks, its last day, and a form that starts it. */
export function WorkflowPage({ id }: { readonly id: string }) {
  const { data, error } = useApi<WorkflowDetail>(workflowPath(id), 15_000)
  const [isStarting, setStarting] = useState(false)
  if (data === undefined)
    return error === undefined ? <Empty>Loading …</Empty> : <ErrorNotice error={error} />
  return (
    <>
      <header class="title">
        <h1>{data.id}</h1>
        <div class="buttons">
          <button type="button" class="primary" onClick={() => setStarting(true)}>
            Start
          </button>
        </div>
      </header>
      <p>{data.description}</p>
      <FlowGraph tasks={data.tasks} />
      <LastDay id={id} />
      {data.input_schema !== null && (
        <section>
          <h2>Input</h2>
          <Json value={data.input_schema} label="JSON Schema of the input" />
        </section>
      )}
      {isStarting && <StartForm workflow={data} onClose={() => setStarting(false)} />}
    </>
  )
}
