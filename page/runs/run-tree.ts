import type { TaskState } from '../api/client.ts'

/** A task of a run with where it stands. */
export interface TaskRow {
  /** Ids of the containers and its own, joined by `/`. */
  readonly path: string
  readonly id: string
  readonly depth: number
  readonly task: TaskState
}

type Tasks = Readonly<Record<string, TaskState>>

/** Lists the tasks of a run, each after its container. */
export function rowsOf(tasks: Tasks, prefix = '', depth = 0): TaskRow[] {
  return Object.entries(tasks).flatMap(([id, task]) => {
    const path = `${prefix}${id}`
    const children = (task.tasks ?? {}) as Tasks
    return [{ path, id, depth, task }, ...rowsOf(children, `${path}/`, depth + 1)]
  })
}

/** Puts the state of one task, as a stream sends it, into the tree. */
export function withTask(tasks: Tasks, path: string, state: TaskState): Tasks {
  const [id = '', ...rest] = path.split('/')
  const before = tasks[id]
  if (rest.length === 0)
    return {
      ...tasks,
      [id]: before?.tasks === undefined ? state : { ...state, tasks: before.tasks },
    }
  if (before === undefined) return tasks
  const children = withTask(before.tasks ?? {}, rest.join('/'), state)
  return { ...tasks, [id]: { ...before, tasks: children } }
}

/** Start and end of a timeline, in ms; an open run ends now. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** Where a task stands on a timeline, in percent; undefined before it has started. */
export function barOf({ started_at, ended_at }: TaskState, { from, to }: Span, now: number) {
  if (started_at === undefined) return undefined
  const start = Date.parse(started_at)
  const end = ended_at === undefined ? now : Date.parse(ended_at)
  const whole = Math.max(1, to - from)
  const left = Math.min(100, Math.max(0, ((start - from) / whole) * 100))
  const width = Math.min(100 - left, Math.max(0.4, ((end - start) / whole) * 100))
  return { left, width }
}

/** The tasks that failed, deepest first: the cause before what it broke. */
export function failuresOf(rows: readonly TaskRow[]): readonly TaskRow[] {
  return rows
    .filter(({ task }) => task.status === 'failed' || task.status === 'timed_out')
    .sort((a, b) => b.depth - a.depth)
}
