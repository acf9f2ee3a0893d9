import { runPath, type Execution, type TaskError } from '../api/client.ts'
import { useApi } from '../api/use-api.ts'
import { formatBytes, formatDuration } from '../format.ts'
import { Ago } from '../ui/ago.tsx'
import { Json } from '../ui/json.tsx'
import { ErrorNotice } from '../ui/notice.tsx'
import { Status } from '../ui/status.tsx'
import type { TaskRow } from './run-tree.ts'

/** What caused an error: the tool's own frames as lines, the rest as JSON. */
function Cause({ cause }: { readonly cause: NonNullable<TaskError['cause']> }) {
  const { stack, ...rest } = cause
  return (
    <>
      {Array.isArray(stack) && (
        <pre class="message quiet">{stack.map((at) => `at ${at}`).join('\n')}</pre>
      )}
      {Object.keys(rest).length > 0 && <Json value={rest} label="Cause of the error" />}
    </>
  )
}

/** An error with its type and message; `brief` leaves out what caused it. */
export function ErrorBox(props: { readonly error: TaskError; readonly brief?: boolean }) {
  const { error, brief = false } = props
  return (
    <div class="notice bad">
      <b>{error.type}</b>
      {error.task !== undefined && <> in {error.task}</>}
      {error.attempts !== undefined && error.attempts > 1 && <> after {error.attempts} attempts</>}
      <pre class="message">{error.message}</pre>
      {!brief && error.cause !== undefined && <Cause cause={error.cause} />}
    </div>
  )
}

function Attempts({ errors }: { readonly errors: readonly TaskError[] }) {
  return (
    <section>
      <h4>Failed attempts</h4>
      <ol>
        {errors.map((error, i) => (
          <li key={i}>
            <ErrorBox error={error} />
          </li>
        ))}
      </ol>
    </section>
  )
}

function Output({ run, row }: { readonly run: Execution; readonly row: TaskRow }) {
  const { task, path } = row
  const whole = useApi<Execution>(
    task.output_bytes === undefined
      ? null
      : `${runPath(run.exec_id)}?task=${encodeURIComponent(path)}`,
  )
  if (task.output_bytes === undefined)
    return task.output === undefined ? null : (
      <section>
        <h4>Output</h4>
        <Json value={task.output} label={`Output of ${path}`} />
      </section>
    )
  const loaded = whole.data?.tasks?.[path]
  return (
    <section>
      <h4>Output, {formatBytes(task.output_bytes)}</h4>
      <ErrorNotice error={whole.error} />
      <Json value={loaded?.output ?? task.output_start} label={`Output of ${path}`} />
    </section>
  )
}

/** Everything that is known of one task of a run. */
export function TaskPanel({ run, row }: { readonly run: Execution; readonly row: TaskRow }) {
  const { task, path } = row
  const failed = (task as { failed_attempts?: readonly TaskError[] }).failed_attempts ?? []
  return (
    <section class="panel" aria-label={`Task ${path}`}>
      <h3>
        {path} <Status status={task.status} />
      </h3>
      <dl class="facts">
        <dt>Kind</dt>
        <dd>{task.type}</dd>
        <dt>Attempts</dt>
        <dd>{task.attempts}</dd>
        <dt>Started</dt>
        <dd>
          <Ago time={task.started_at} />
        </dd>
        {task.started_at !== undefined && task.ended_at !== undefined && (
          <>
            <dt>Took</dt>
            <dd>{formatDuration(Date.parse(task.ended_at) - Date.parse(task.started_at))}</dd>
          </>
        )}
      </dl>
      {task.error !== undefined && <ErrorBox error={task.error} />}
      {failed.length > 0 && <Attempts errors={failed} />}
      <Output run={run} row={row} />
    </section>
  )
}
