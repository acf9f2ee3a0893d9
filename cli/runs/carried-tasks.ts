import type { TaskState } from '../../engine/infra/server/routes/execution-view.ts'
import type { ShownTask } from './read-tasks.ts'

/** Most carried tasks that are drawn: a collection may have kept thousands of its items. */
const drawn = 50

type States = Readonly<Record<string, TaskState>>

function* walk(tasks: States, prefix = ''): Generator<ShownTask> {
  for (const [id, state] of Object.entries(tasks)) {
    const { carried, status, started_at, ended_at = null, attempts, tasks: inner = {} } = state
    const path = `${prefix}${id}`
    const times = { started_at: started_at ?? '', ended_at }
    if (carried === true)
      yield { id: path, status, visit: 1, ...times, attempt_count: attempts, error: null, carried }
    yield* walk(inner, `${path}/`)
  }
}

const parentOf = (id: string): string => id.slice(0, Math.max(0, id.lastIndexOf('/')))

/**
 * Returns the tasks of a run with those that it took over from the run that it repeats, which its
 * own history does not have: each after the container around it, the others first. `hidden` counts
 * those that are too many to draw.
 */
export function withCarriedTasks(
  tasks: readonly ShownTask[],
  states: States | null,
): { readonly tasks: readonly ShownTask[]; readonly hidden: number } {
  const all = [...tasks]
  const known = new Set(tasks.map(({ id }) => id))
  const carried = [...walk(states ?? {})].filter(({ id }) => !known.has(id))
  let first = 0
  for (const task of carried.slice(0, drawn)) {
    const parent = parentOf(task.id)
    const after = all.findLastIndex(({ id }) => id === parent || id.startsWith(`${parent}/`))
    all.splice(parent === '' ? first++ : after + 1, 0, task)
  }
  return { tasks: all, hidden: Math.max(0, carried.length - drawn) }
}
