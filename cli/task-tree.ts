import { formatDuration } from '../engine/core/duration.ts'
import type { TaskStatus, TaskView } from '../engine/workflow/protocol.ts'

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
  tasks: Readonly<Record<string, TaskView>>,
  now: number,
  indent = '  ',
): string[] {
  return Object.entries(tasks).flatMap(([id, task]) => {
    const took =
      task.started_at === undefined
        ? ''
        : `  ${formatDuration(Math.max(0, (task.ended_at ?? now) - task.started_at))}`
    const attempts = task.attempts > 1 ? `  attempt ${task.attempts}` : ''
    const error = task.error === undefined ? '' : `  ${task.error.type}: ${task.error.message}`
    const line = `${indent}${marks[task.status]} ${id}${took}${attempts}${error}`
    return [line, ...formatTaskTree(task.tasks ?? {}, now, `${indent}  `)]
  })
}

/** Tasks whose status differs from what `seen` holds, which is brought up to date. Nested ids are joined by `/`. */
export function changedTasks(
  tasks: Readonly<Record<string, TaskView>>,
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
