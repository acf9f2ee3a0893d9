import { formatDuration } from '../../engine/core/time/duration.ts'
import type { TaskState } from '../../engine/infra/server/routes/execution-view.ts'
import type { TaskStatus } from '../../engine/definition/run-protocol.ts'

const marks: Readonly<Record<TaskStatus, string>> = {
  pending: '○',
  running: '●',
  completed: '✓',
  failed: '✗',
  skipped: '↷',
  canceled: '⊘',
  timed_out: '⧖',
}

/**
 * Formats the tasks of a run as indented lines: mark, id, duration, attempts, failure. `now` in ms.
 */
export function formatTaskTree(
  tasks: Readonly<Record<string, TaskState>>,
  now: number,
  indent = '  ',
): string[] {
  return Object.entries(tasks).flatMap(([id, task]) => {
    const { started_at, ended_at } = task
    const end = ended_at === undefined ? now : Date.parse(ended_at)
    const took = started_at === undefined ? '' : `  ${formatSpan(started_at, end)}`
    const attempts = task.attempts > 1 ? `  attempt ${task.attempts}` : ''
    const error = task.error === undefined ? '' : `  ${task.error.type}: ${task.error.message}`
    const counts = countsText(task.counts)
    const carried = task.carried === true ? '  carried over' : ''
    const line = `${indent}${marks[task.status]} ${id}${took}${carried}${attempts}${counts}${error}`
    return [line, ...formatTaskTree(task.tasks ?? {}, now, `${indent}  `)]
  })
}

function formatSpan(startedAt: string, end: number): string {
  return formatDuration(Math.max(0, end - Date.parse(startedAt)))
}

/** Formats how a task ended: how long it took, and why it failed. Empty while it runs. */
export function formatTaskEnd(task: TaskState): string {
  const { started_at, ended_at, attempts, error, carried } = task
  if (started_at === undefined || ended_at === undefined) return ''
  const tries = attempts > 1 ? `, ${attempts} attempts` : ''
  const reason = error === undefined ? '' : `: ${error.type}: ${error.message}`
  const when = carried === true ? ', carried over from the repeated run' : ''
  return ` in ${formatSpan(started_at, Date.parse(ended_at))}${tries}${when}${reason}`
}

/** `  9800 completed, 200 running`, when not all children of a container are shown. */
function countsText(counts: TaskState['counts']): string {
  const parts = Object.entries(counts ?? {}).map(([status, count]) => `${count} ${status}`)
  return parts.length === 0 ? '' : `  ${parts.join(', ')}`
}

/** Nests tasks that are keyed by their path, ids joined by `/`. */
export function nestTasks(
  byPath: ReadonlyMap<string, TaskState>,
): Readonly<Record<string, TaskState>> {
  const roots: Record<string, TaskState> = {}
  const children = new Map<string, Record<string, TaskState>>()
  for (const [path, task] of byPath) {
    const own: Record<string, TaskState> = {}
    children.set(path, own)
    const end = path.lastIndexOf('/')
    const siblings = children.get(path.slice(0, Math.max(0, end))) ?? roots
    siblings[path.slice(end + 1)] = { ...task, tasks: own }
  }
  return roots
}
