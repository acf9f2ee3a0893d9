import type { TaskLevel, TaskNode } from './task-tree.ts'

/** What can come before and after in one level, by task id. */
export interface FlowAnalysis {
  /** Tasks that can run at all. */
  readonly reachable: ReadonlySet<string>
  /** For each task: siblings that can have ended when it starts. */
  readonly before: ReadonlyMap<string, ReadonlySet<string>>
  /** Tasks that a failure can lead to: `.error` is there. */
  readonly handlers: ReadonlySet<string>
}

/** Everything that can be reached over `next`, the starts themselves included. */
function closure(starts: Iterable<string>, next: (id: string) => Iterable<string>): Set<string> {
  const seen = new Set<string>()
  const open = [...starts]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (seen.has(id)) continue
    seen.add(id)
    open.push(...next(id))
  }
  return seen
}

/** Whether a level has no edge at all: a composite then runs in list order. */
function isListed({ order, path, nodes }: TaskLevel): boolean {
  return order === 'in_turn' && path.length > 1 && nodes.every(({ edges }) => edges.length === 0)
}

/** Successors of each task by its edges, or by the order of the list. */
function successorsOf(level: TaskLevel): Map<string, Set<string>> {
  const listed = isListed(level)
  return new Map(
    level.nodes.map(({ ir, edges }, i) => {
      const following = listed ? level.nodes.slice(i + 1, i + 2).map((node) => node.ir.id) : []
      return [ir.id, new Set([...edges.map(({ target }) => target), ...following])]
    }),
  )
}

/** Targets of failure edges, and what the handlers that pass the error on route to. */
function handlersOf(nodes: readonly TaskNode[]): ReadonlySet<string> {
  const byId = new Map(nodes.map((node) => [node.ir.id, node]))
  const targets = nodes.flatMap(({ edges }) =>
    edges.filter(({ onError }) => onError).map(({ target }) => target),
  )
  return closure(targets, (id) => {
    const node = byId.get(id)
    return node?.kind.passesErrorOn === true
      ? node.edges.filter(({ onError }) => !onError).map(({ target }) => target)
      : []
  })
}

/** Which siblings of a parallel can have ended when one starts: those before it, once the slots are all taken. */
function beforeInParallel(
  { nodes }: TaskLevel,
  maxWorkers: number,
): Map<string, ReadonlySet<string>> {
  const slots = maxWorkers > 0 ? maxWorkers : nodes.length
  return new Map(
    nodes.map(({ ir }, i) => [
      ir.id,
      new Set(i < slots ? [] : nodes.slice(0, i).map((node) => node.ir.id)),
    ]),
  )
}

/**
 * Works out the order of one level's tasks.
 * @param maxWorkers of a parallel; 0: all at once
 */
export function analyzeFlow(level: TaskLevel, maxWorkers = 0): FlowAnalysis {
  const ids = level.nodes.map(({ ir }) => ir.id)
  if (level.order === 'alone')
    return { reachable: new Set(ids), before: new Map(), handlers: new Set() }
  if (level.order === 'together')
    return {
      reachable: new Set(ids),
      before: beforeInParallel(level, maxWorkers),
      handlers: new Set(),
    }
  const successors = successorsOf(level)
  const next = (id: string) => successors.get(id) ?? []
  const reachable = closure(ids.slice(0, 1), next)
  const after = new Map(ids.map((id) => [id, closure(next(id), next)]))
  const before = new Map(
    ids.map((id) => {
      const earlier = ids.filter((other) => reachable.has(other) && after.get(other)!.has(id))
      return [id, new Set(reachable.has(id) ? earlier : ids)]
    }),
  )
  return { reachable, before, handlers: handlersOf(level.nodes) }
}
