import { formatDuration } from '../engine/core/duration.ts'
import type { TaskState } from '../engine/infra/server/routes/execution-view.ts'
import type { TaskStatus } from '../engine/definition/run-protocol.ts'

const marks: Readonly<Record<TaskStatus, string>> = {
  pending: '○',
  running: '●',
  completed: '✓',
  failed: '✗',
  skipped: '↷',
  canceled: '⊘',
  timed_out: '⧖',
}

/** The tasks of a run as indented lines: mark, id, duration, attempts, failure. `now` in ms. */
export function formatTaskTree(
  tasks: Readonly<Record<string, TaskState>>,
  now: number,
  indent = '  ',
): string[] {
  return Object.entries(tasks).flatMap(([id, task]) => {
    const { started_at, ended_at } = task
    const end = ended_at === undefined ? now : Date.parse(ended_at)
    const took =
      started_at === undefined
        ? ''
        : `  ${formatDuration(Math.max(0, end - Date.parse(started_at)))}`
    const attempts = task.attempts > 1 ? `  attempt ${task.attempts}` : ''
    const error = task.error === undefined ? '' : `  ${task.error.type}: ${task.error.message}`
    const line = `${indent}${marks[task.status]} ${id}${took}${attempts}${error}`
    return [line, ...formatTaskTree(task.tasks ?? {}, now, `${indent}  `)]
  })
}

/** Tasks whose status differs from what `seen` holds, which is brought up to date. Nested ids are joined by `/`. */
export function changedTasks(
  tasks: Readonly<Record<string, TaskState>>,
  seen: Map<string, TaskStatus>,
  prefix = '',
): { id: string; status: TaskStatus }[] {
  return Object.entries(tasks).flatMap(([id, task]) => {
    const path = `${prefix}${id}`
    const changed = seen.get(path) === task.status ? [] : [{ id: path, status: task.status }]
    seen.set(path, task.status)
    return [...changed, ...changedTasks(task.tasks ?? {}, seen, `${path}/`)]
  })
}
