import type { TaskError } from '../../engine/core/task-error.ts'
import type { Page } from '../../engine/executions.ts'
import type { ApiClient } from '../api/api-client.ts'
import { pathOfRun } from './find-run.ts'

/** A task as the API tells it. */
export interface ShownTask {
  readonly id: string
  readonly status: string
  readonly visit: number
  readonly started_at: string
  readonly ended_at: string | null
  readonly attempt_count: number
  readonly attempts?: readonly { readonly attempt: number; readonly error: TaskError | null }[]
  readonly error: TaskError | null
  /** Children of a container by status. Absent in answers of older engines. */
  readonly counts?: Readonly<Record<string, number>>
  /** It ran in the run that this one repeats. */
  readonly carried?: true
}

/** Most tasks that are drawn in the order of time, and most failed ones beyond them. */
const drawnTasks = { first: 200, failed: 50 } as const

/** Statuses of tasks that a reader looks for first. */
const failures: readonly string[] = ['failed', 'timed_out']

/**
 * Reads the tasks of a run. For programs all of them, in the order of time. Of many the first ones
 * and those that failed, for a reader: the children of a container after it, failures first.
 */
export async function readTasks(
  api: Pick<ApiClient, 'call'>,
  execId: string,
  isWhole: boolean,
): Promise<{ readonly tasks: readonly ShownTask[]; readonly hasMore: boolean }> {
  const read = async (query: Readonly<Record<string, string>>) => {
    const path = `${pathOfRun(execId)}/tasks?${new URLSearchParams(query).toString()}`
    return (await api.call('GET', path, 'items')) as Page<ShownTask>
  }
  const tasks: ShownTask[] = []
  const limit = String(drawnTasks.first)
  for (let cursor: object = {}; ;) {
    const { items, next_cursor: next } = await read({ limit, ...cursor })
    tasks.push(...items)
    if (!next) return { tasks, hasMore: false }
    if (!isWhole && tasks.length >= drawnTasks.first) break
    cursor = { cursor: next }
  }
  const keyOf = ({ id, visit }: ShownTask): string => `${id}~${visit}`
  const known = new Set(tasks.map(keyOf))
  for (const status of failures) {
    const { items } = await read({ status, limit: String(drawnTasks.failed) })
    tasks.push(...items.filter((task) => !known.has(keyOf(task))))
  }
  return { tasks: failuresFirst(tasks), hasMore: true }
}

interface TaskNode {
  readonly task: ShownTask
  readonly children: TaskNode[]
}

/** Puts the children of each container after it, those that failed first. */
function failuresFirst(tasks: readonly ShownTask[]): ShownTask[] {
  const roots: TaskNode[] = []
  const lastById = new Map<string, TaskNode>()
  for (const task of tasks) {
    const node = { task, children: [] }
    lastById.set(task.id, node)
    const parent = lastById.get(task.id.slice(0, Math.max(0, task.id.lastIndexOf('/'))))
    const siblings = parent?.children ?? roots
    siblings.push(node)
  }
  const rank = ({ task }: TaskNode): number => (failures.includes(task.status) ? 0 : 1)
  const flatten = ({ task, children }: TaskNode): ShownTask[] => [
    task,
    ...children.toSorted((a, b) => rank(a) - rank(b)).flatMap(flatten),
  ]
  return roots.flatMap(flatten)
}

/** `1999 completed, 1 failed`, for a container of which not every child is drawn. */
export function countsText({ id, counts }: ShownTask, drawn: readonly ShownTask[]): string {
  const parts = Object.entries(counts ?? {})
  const all = parts.reduce((sum, [, count]) => sum + count, 0)
  const isChild = (task: ShownTask): boolean =>
    task.id.startsWith(`${id}/`) && !task.id.includes('/', id.length + 1)
  if (all <= drawn.filter(isChild).length) return ''
  return parts.map(([status, count]) => `${count} ${status.replace('_', ' ')}`).join(', ')
}
