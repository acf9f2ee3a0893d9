import {
  queryOf,
  runPath,
  workflowPath,
  type Execution,
  type FlowTask,
  type PageOf,
  type TaskError,
  type TaskRecord,
  type TaskState,
  type WorkflowDetail,
} from '../api/client.ts'
import { useApi } from '../api/use-api.ts'
import { formatDuration } from '../format.ts'
import { hashOf } from '../location.ts'
import { Ago } from '../ui/ago.tsx'
import { Fact } from '../ui/fact.tsx'
import { Json } from '../ui/json.tsx'
import { ErrorNotice } from '../ui/notice.tsx'
import { Status } from '../ui/status.tsx'
import { Logs } from './logs.tsx'
import { detailsOf, reasonsOf } from './causes.ts'
import { findFlowTask, subjectOf } from './flow-task.ts'
import { Inside } from './inside.tsx'
import { statusIn, type TaskRow } from './run-tree.ts'

/** How often the task of an open run is read again, ms. */
const refreshMs = 3_000

/** Where a tool's own code threw, as lines, and what else the cause tells, as JSON. */
function Details({ cause }: { readonly cause: NonNullable<TaskError['cause']> }) {
  const { stack } = cause
  const details = detailsOf(cause)
  return (
    <>
      {Array.isArray(stack) && (
        <pre class="message quiet">{stack.map((at) => `at ${at}`).join('\n')}</pre>
      )}
      {details !== undefined && <Json value={details} label="Details of the error" />}
    </>
  )
}

/** An error with its type, message and causes; `brief` leaves out where it was thrown. */
export function ErrorBox(props: { readonly error: TaskError; readonly brief?: boolean }) {
  const { error, brief = false } = props
  return (
    <div class="notice bad">
      <b>{error.type}</b>
      {error.task !== undefined && <> in {error.task}</>}
      {error.attempts !== undefined && error.attempts > 1 && <> after {error.attempts} attempts</>}
      <pre class="message">{error.message}</pre>
      {reasonsOf(error).map(({ depth, text }, at) => (
        <pre key={at} class="message" style={{ paddingLeft: `${(depth + 1) * 14}px` }}>
          because: {text}
        </pre>
      ))}
      {!brief && error.cause !== undefined && <Details cause={error.cause} />}
    </div>
  )
}

function Attempts({ attempts, attempt_count: count }: TaskRecord) {
  if (count < 2) return null
  return (
    <section>
      <h4>{count} attempts</h4>
      <ol class="attempts">
        {attempts.map(({ attempt, started_at, ended_at, error }) => (
          <li key={attempt}>
            {attempt}:{' '}
            {ended_at === null
              ? 'running'
              : formatDuration(Date.parse(ended_at) - Date.parse(started_at))}
            {error === null ? '' : ', failed'}
            {error !== null && <ErrorBox error={error} />}
          </li>
        ))}
      </ol>
    </section>
  )
}

function Children({ children }: Pick<TaskRecord, 'children'>) {
  if (children.length === 0) return null
  return (
    <section>
      <h4>Runs it started</h4>
      <ul>
        {children.map(({ exec_id, workflow_id }) => (
          <li key={exec_id}>
            {workflow_id} <a href={hashOf(['runs', exec_id])}>{exec_id}</a>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Signals({ signals }: Pick<TaskRecord, 'signals'>) {
  if (signals.length === 0) return null
  return (
    <section>
      <h4>Signals it took</h4>
      {signals.map(({ name, received_at, payload, payload_start }) => (
        <div key={received_at}>
          {name} <Ago time={received_at} />
          <Json value={payload ?? payload_start} label={`Payload of ${name}`} />
        </div>
      ))}
    </section>
  )
}

function Record({ record }: { readonly record: TaskRecord }) {
  const { id, status, input, output, error, next } = record
  // A task whose input could not be made failed before it had one.
  const hasInput = error === null || input !== null
  const hasOutput = status === 'completed' || status === 'skipped'
  return (
    <>
      {error !== null && <ErrorBox error={error} />}
      <Attempts {...record} />
      {hasInput && (
        <section>
          <h4>Input</h4>
          <Json value={input} label={`Input of ${id}`} />
        </section>
      )}
      {hasOutput && (
        <section>
          <h4>Output</h4>
          <Json value={output} label={`Output of ${id}`} />
        </section>
      )}
      {next !== null && (
        <p>
          Then came <b>{next}</b>.
        </p>
      )}
      <Children {...record} />
      <Signals {...record} />
    </>
  )
}

const asDefined = 'as the workflow is defined now'

function Facts(props: {
  readonly of: TaskState | TaskRecord
  /** Which round of a loop the panel shows. */
  readonly round: number
  /** The task as its workflow has it now. */
  readonly defined: FlowTask | undefined
}) {
  const { of, round, defined } = props
  const subject = defined === undefined ? undefined : subjectOf(defined)
  const { started_at, ended_at } = of
  const attempts = 'attempts' in of && typeof of.attempts === 'number' ? of.attempts : undefined
  return (
    <dl class="facts">
      <Fact label="Kind">{of.type}</Fact>
      {round > 1 && <Fact label="Round">{round}, the last one</Fact>}
      {subject !== undefined && (
        <Fact label={subject.label} title={asDefined}>
          {subject.name}
        </Fact>
      )}
      {attempts !== undefined && attempts > 0 && <Fact label="Attempts">{attempts}</Fact>}
      <Fact label="Started">
        <Ago time={started_at} />
      </Fact>
      {started_at !== undefined && typeof ended_at === 'string' && (
        <Fact label="Took">{formatDuration(Date.parse(ended_at) - Date.parse(started_at))}</Fact>
      )}
      {defined !== undefined && (
        <Fact label="Defined at" title={asDefined}>
          {defined.place}
        </Fact>
      )}
    </dl>
  )
}

/** A task that ran in the run that this one repeats. */
function Carried({
  run,
  path,
  output,
}: {
  readonly run: Execution
  readonly path: string
  readonly output: unknown
}) {
  return (
    <>
      <p>
        Carried over: it ran in{' '}
        {run.rerun_of === null ? (
          'the run that this one repeats'
        ) : (
          <a href={hashOf(['runs', run.rerun_of])}>{run.rerun_of}</a>
        )}
        , which has its input, attempts and logs.
      </p>
      {output !== undefined && (
        <section>
          <h4>Output</h4>
          <Json value={output} label={`Output of ${path}`} />
        </section>
      )}
    </>
  )
}

/** Asks for a task as it ran last: in a loop, it ran once in each round. */
const lastRound = (task: string) => ({ task, order: 'newest', limit: 1 })

/** Everything that is known of one task of a run; `row` is absent where the timeline has no room. */
export function TaskPanel(props: {
  readonly run: Execution
  readonly path: string
  readonly row: TaskRow | undefined
  readonly choose: (path: string) => void
}) {
  const { run, path, row, choose } = props
  const isCarried = row?.task.carried === true
  const hasStarted = row === undefined || (row.task.started_at !== undefined && !isCarried)
  const { data, error } = useApi<PageOf<TaskRecord>>(
    hasStarted ? `${runPath(run.exec_id)}/tasks${queryOf(lastRound(path))}` : null,
    run.status === 'running' ? refreshMs : undefined,
  )
  const { data: workflow } = useApi<WorkflowDetail>(workflowPath(run.workflow_id))
  const defined = findFlowTask(workflow?.tasks ?? [], path)
  const record = data?.items[0]
  const state = row?.task ?? record
  return (
    <section class="panel" aria-label={`Task ${path}`}>
      <h3>
        {path} {state !== undefined && <Status status={statusIn(run, state)} />}
      </h3>
      {state !== undefined && <Facts of={state} round={record?.visit ?? 1} defined={defined} />}
      <ErrorNotice error={error} />
      {isCarried && <Carried run={run} path={path} output={row.task.output} />}
      {record === undefined && row?.task.error !== undefined && <ErrorBox error={row.task.error} />}
      {record !== undefined && <Record record={record} />}
      {state !== undefined && !isCarried && ['basic', 'wait'].includes(state.type) && (
        <Logs run={run} task={path} attempts={record?.attempt_count ?? 1} />
      )}
      {row?.task.counts !== undefined && (
        <Inside run={run} path={path} title="Tasks inside" choose={choose} />
      )}
    </section>
  )
}
