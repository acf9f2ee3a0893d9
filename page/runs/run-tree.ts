import type { Execution, TaskState } from '../api/client.ts'

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

/** The state of one task, as a stream sends it. */
export interface TaskChange {
  readonly path: string
  readonly state: TaskState
}

/**
 * Puts states of tasks into the tree, each container copied once: a large one changes hundreds of
 * its tasks at a time.
 */
export function withTasks(tasks: Tasks, changes: readonly TaskChange[]): Tasks {
  const next: Record<string, TaskState> = { ...tasks }
  const inside = new Map<string, TaskChange[]>()
  for (const { path, state } of changes) {
    const end = path.indexOf('/')
    if (end === -1) {
      const children = next[path]?.tasks
      next[path] = children === undefined ? state : { ...state, tasks: children }
      continue
    }
    const id = path.slice(0, end)
    const below = inside.get(id) ?? []
    inside.set(id, below)
    below.push({ path: path.slice(end + 1), state })
  }
  for (const [id, below] of inside) {
    const container = next[id]
    if (container !== undefined)
      next[id] = { ...container, tasks: withTasks(container.tasks ?? {}, below) }
  }
  return next
}

/** Returns the status of a task for a person: the end of its run may have cut it off. */
export function statusIn(
  run: Pick<Execution, 'status' | 'closed_at'>,
  { status, ended_at }: Pick<TaskState, 'status'> & { readonly ended_at?: string | null },
): TaskState['status'] | 'unfinished' {
  const isEndedOutside = run.status === 'terminated' || run.status === 'timed_out'
  const isCutOff = status === 'canceled' && ended_at === run.closed_at
  return isEndedOutside && isCutOff ? 'unfinished' : status
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

/**
 * Returns the task that a reader looks for first: the deepest that failed, in the task that the run
 * ended in. A failure that was handled comes last.
 */
export function causeOf(
  { error }: { readonly error: { readonly task?: string } | null },
  rows: readonly TaskRow[],
): TaskRow | undefined {
  const failed = rows
    .filter(({ task }) => task.status === 'failed' || task.status === 'timed_out')
    .sort((a, b) => b.depth - a.depth)
  const ended = error?.task
  return (
    failed.find(({ path }) => path === ended || path.startsWith(`${ended ?? ''}/`)) ?? failed[0]
  )
}
