import type { FlowTask } from '../api/client.ts'

/** A task with its place in a drawing; units are grid cells. */
export interface PlacedTask {
  readonly task: FlowTask
  readonly column: number
  readonly row: number
}

/** An edge between two placed tasks. */
export interface PlacedEdge {
  readonly from: PlacedTask
  readonly to: PlacedTask
  readonly on: string
}

/** Tasks in columns: each stands after the ones that lead to it. */
export interface Drawing {
  readonly tasks: readonly PlacedTask[]
  readonly edges: readonly PlacedEdge[]
  readonly columns: number
  readonly rows: number
}

/** Returns the column of each task: the longest way to it; a way back does not count. */
function columnsOf(tasks: readonly FlowTask[]): ReadonlyMap<string, number> {
  const byId = new Map(tasks.map((task) => [task.id, task]))
  const columns = new Map<string, number>()
  const visit = (task: FlowTask, column: number, onTheWay: ReadonlySet<string>): void => {
    if (onTheWay.has(task.id) || (columns.get(task.id) ?? -1) >= column) return
    columns.set(task.id, column)
    const way = new Set([...onTheWay, task.id])
    for (const { to } of task.follows) {
      const next = byId.get(to)
      if (next !== undefined) visit(next, column + 1, way)
    }
  }
  const targets = new Set(tasks.flatMap(({ follows }) => follows.map(({ to }) => to)))
  const [first] = tasks
  if (first !== undefined) visit(first, 0, new Set())
  for (const task of tasks) if (!targets.has(task.id)) visit(task, 0, new Set())
  for (const task of tasks) if (!columns.has(task.id)) visit(task, 0, new Set())
  return columns
}

/** Places the tasks of one level. */
export function layOut(tasks: readonly FlowTask[]): Drawing {
  const columns = columnsOf(tasks)
  const filled = new Map<number, number>()
  const placed = tasks.map((task): PlacedTask => {
    const column = columns.get(task.id) ?? 0
    const row = filled.get(column) ?? 0
    filled.set(column, row + 1)
    return { task, column, row }
  })
  const byId = new Map(placed.map((place) => [place.task.id, place]))
  const edges = placed.flatMap((from) =>
    from.task.follows.flatMap(({ to, on }) => {
      const target = byId.get(to)
      return target === undefined ? [] : [{ from, to: target, on }]
    }),
  )
  return {
    tasks: placed,
    edges,
    columns: Math.max(0, ...placed.map(({ column }) => column)) + 1,
    rows: Math.max(1, ...filled.values()),
  }
}
