import { useEffect, useState } from 'preact/hooks'
import { queryOf, runPath, type Execution, type LogLine } from '../api/client.ts'
import { streamEvents } from '../api/event-stream.ts'
import { ApiProblem, explain } from '../api/problem.ts'

/** Which lines of a run to show. */
export interface LogChoice {
  readonly task?: string | undefined
  readonly attempt?: string
  readonly stream?: string
}

/** The lines of a run as the page knows them. */
export interface ShownLogs {
  readonly lines: readonly LogLine[]
  /** Lines before those shown, as far as the page knows: only the last ones are kept. */
  readonly hidden: boolean
  readonly isLoaded: boolean
  readonly error: string | undefined
}

/** Most lines that the page holds. */
export const maximumLogLines = 1_000
const renderEveryMs = 250
const retryMs = 2_000
const nothing: ShownLogs = { lines: [], hidden: false, isLoaded: false, error: undefined }

/** Returns the last lines of both lists, in order. */
export function keepLast(before: readonly LogLine[], more: readonly LogLine[]): readonly LogLine[] {
  return [...before, ...more].slice(-maximumLogLines)
}

/**
 * Reads the last lines of a run and follows it until the server says that no more come. Lines may
 * still arrive a moment after the run has closed, so its status does not end this.
 */
export function useLogs(run: Execution, choice: LogChoice): ShownLogs {
  const { task, attempt, stream } = choice
  const mayBeQuiet = run.status === 'running'
  const [logs, setLogs] = useState(nothing)

  useEffect(() => {
    const aborter = new AbortController()
    const { signal } = aborter
    const path = `${runPath(run.exec_id)}/logs`
    const filter = { task, attempt, stream }
    let lines: readonly LogLine[] = []
    let count = 0
    let fresh: LogLine[] = []
    let timer: ReturnType<typeof setTimeout> | undefined
    const show = (error?: string) => {
      clearTimeout(timer)
      timer = undefined
      count += fresh.length
      lines = keepLast(lines, fresh)
      fresh = []
      setLogs({ lines, hidden: count > lines.length, isLoaded: true, error })
    }
    const add = (line: LogLine) => {
      fresh.push(line)
      timer ??= setTimeout(show, renderEveryMs)
    }

    async function follow(after: { id?: string }): Promise<boolean> {
      const query = queryOf({ ...filter, tail: after.id ? undefined : maximumLogLines, follow: 1 })
      const resume = after.id === undefined ? '' : `&cursor=${encodeURIComponent(after.id)}`
      for await (const { id, event, data } of streamEvents(`${path}${query}${resume}`, signal)) {
        if (id !== undefined) after.id = id
        if (event === 'log') add(JSON.parse(data) as LogLine)
        else if (event === 'end') return true
      }
      return false
    }
    async function load(): Promise<void> {
      const after: { id?: string } = {}
      for (let isEnded = false; !isEnded && !signal.aborted;) {
        try {
          setLogs((shown) => ({ ...shown, error: undefined }))
          isEnded = await follow(after)
          if (!signal.aborted) show()
        } catch (error) {
          if (signal.aborted) return
          show(explain(error))
          // Only a server that is away is worth another attempt.
          if (error instanceof ApiProblem && error.status < 500 && error.status !== 429) return
        }
        if (!isEnded) await new Promise((resolve) => setTimeout(resolve, retryMs))
      }
    }
    setLogs({ ...nothing, isLoaded: mayBeQuiet })
    void load()
    return () => {
      aborter.abort()
      clearTimeout(timer)
    }
  }, [run.exec_id, task, attempt, stream])
  return logs
}
