import { useEffect, useRef, useState } from 'preact/hooks'
import type { Execution, LogLine } from '../api/client.ts'
import { formatTime } from '../format.ts'
import { Empty } from '../ui/notice.tsx'
import { maximumLogLines, useLogs } from './use-logs.ts'

const streams = ['stdout', 'stderr', 'debug', 'info', 'warn', 'error']

function Line({ line, withTask }: { readonly line: LogLine; readonly withTask: boolean }) {
  const { time, stream, task_id, attempt, text, cut_characters, lines_left_out } = line
  return (
    <>
      {lines_left_out !== undefined && (
        <li class="gap">… {lines_left_out.toLocaleString('en-US')} lines left out …</li>
      )}
      <li class={stream}>
        <time dateTime={time} title={formatTime(time)}>
          {new Date(time).toLocaleTimeString(undefined, { hour12: false })}
        </time>{' '}
        <span class="stream">{stream}</span>{' '}
        {(withTask || attempt > 1) && (
          <span class="stream">
            {withTask ? task_id : ''} #{attempt}
          </span>
        )}{' '}
        {text}
        {cut_characters !== undefined && (
          <small> … {cut_characters.toLocaleString('en-US')} more characters</small>
        )}
      </li>
    </>
  )
}

function Choice(props: {
  readonly label: string
  readonly options: readonly string[]
  readonly value: string
  readonly set: (value: string) => void
}) {
  const { label, options, value, set } = props
  return (
    <label>
      {label}{' '}
      <select value={value} onChange={({ currentTarget }) => set(currentTarget.value)}>
        <option value="">all</option>
        {options.map((option) => (
          <option key={option}>{option}</option>
        ))}
      </select>
    </label>
  )
}

/** What tools printed, of a whole run or of one task; live while the run is open. */
export function Logs(props: {
  readonly run: Execution
  readonly task?: string
  /** How many attempts there are to choose from. */
  readonly attempts?: number
}) {
  const { run, task, attempts = 1 } = props
  const [attempt, setAttempt] = useState('')
  const [stream, setStream] = useState('')
  const { lines, hidden, isLoaded, error } = useLogs(run, { task, attempt, stream })
  const list = useRef<HTMLDivElement>(null)
  const isAtEnd = useRef(true)
  useEffect(() => {
    const { current } = list
    if (current !== null && isAtEnd.current) current.scrollTop = current.scrollHeight
  }, [lines])
  const name = task === undefined ? 'Logs of the run' : `Logs of ${task}`
  const isUsed = lines.length > 0 || attempt !== '' || stream !== ''
  return (
    <section>
      {task !== undefined && <h4>Logs</h4>}
      {isUsed && (
        <div class="filters">
          {attempts > 1 && (
            <Choice
              label="Attempt"
              options={Array.from({ length: Math.min(attempts, 50) }, (_, at) => String(at + 1))}
              value={attempt}
              set={setAttempt}
            />
          )}
          <Choice label="Stream" options={streams} value={stream} set={setStream} />
        </div>
      )}
      {error !== undefined && <Empty>{error}</Empty>}
      {error === undefined && isLoaded && lines.length === 0 && (
        <Empty>{run.status === 'running' ? 'Nothing printed yet.' : 'Nothing was printed.'}</Empty>
      )}
      {hidden && <small>The last {maximumLogLines.toLocaleString('en-US')} lines.</small>}
      {lines.length > 0 && (
        <div
          class="log"
          ref={list}
          tabIndex={0}
          role="log"
          aria-label={name}
          onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
            isAtEnd.current = scrollHeight - scrollTop - clientHeight < 20
          }}
        >
          <ol>
            {lines.map((line, at) => (
              <Line key={at} line={line} withTask={task === undefined} />
            ))}
          </ol>
        </div>
      )}
    </section>
  )
}

/** What all tools of a run printed, read when a person opens it. */
export function RunLogs({ run }: { readonly run: Execution }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        <h2>Logs of all tasks</h2>
      </summary>
      {isOpen && <Logs run={run} />}
    </details>
  )
}
