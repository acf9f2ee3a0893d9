import type { TaskState } from '../../engine/infra/server/routes/execution-view.ts'
import type { ShownTask } from './read-tasks.ts'

/** Most carried tasks that are drawn: a collection may have kept thousands of its items. */
const drawn = 50

type States = Readonly<Record<string, TaskState>>

const parentOf = (id: string): string => id.slice(0, Math.max(0, id.lastIndexOf('/')))

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

/** Counts the children of containers that kept some, which neither the view nor a row shows. */
function countUnseen(tasks: States, known: ReadonlySet<string>, prefix = ''): number {
  return Object.entries(tasks).reduce((unseen, [id, { counts, tasks: inner = {} }]) => {
    const path = `${prefix}${id}`
    const below = unseen + countUnseen(inner, known, `${path}/`)
    if (counts === undefined || !Object.values(inner).some(({ carried }) => carried)) return below
    const all = Object.values(counts).reduce((sum, count) => sum + count, 0)
    const seen = new Set(Object.keys(inner).map((child) => `${path}/${child}`))
    for (const each of known) if (parentOf(each) === path) seen.add(each)
    return below + Math.max(0, all - seen.size)
  }, 0)
}

/**
 * Returns the tasks of a run with those that it took over from the run that it repeats, which its
 * own history does not have: each after the container around it, the others first. `hidden` counts
 * those that are too many to draw, or for the view.
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
  const hidden = Math.max(0, carried.length - drawn) + countUnseen(states ?? {}, known)
  return { tasks: all, hidden }
}
