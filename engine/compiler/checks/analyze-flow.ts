import type { TaskLevel, TaskNode } from '../task-tree.ts'

/** The order of the tasks of one level, by task id. */
export interface FlowAnalysis {
  /** Tasks that can run at all. */
  readonly reachable: ReadonlySet<string>
  /** Tasks that a failure can lead to: they see `.error`. */
  readonly handlers: ReadonlySet<string>
  /** Reports whether a sibling can have ended when a task starts. */
  canPrecede(earlier: string, later: string): boolean
}

type Neighbors = (id: string) => Iterable<string>

function idOf({ ir }: TaskNode): string {
  return ir.id
}

/** Everything that can be reached over `next`, the starts themselves included. */
function closure(starts: Iterable<string>, next: Neighbors): Set<string> {
  const seen = new Set<string>()
  const open = [...starts]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (seen.has(id)) continue
    seen.add(id)
    for (const following of next(id)) open.push(following)
  }
  return seen
}

/** Reports whether a level runs in list order: that of a composite without any edge. */
export function isListed({ order, path, nodes }: TaskLevel): boolean {
  return order === 'in_turn' && path.length > 1 && nodes.every(({ edges }) => edges.length === 0)
}

/** Successors of each task by its edges, or by the order of the list. */
function successorsOf(level: TaskLevel): ReadonlyMap<string, readonly string[]> {
  const { nodes } = level
  if (isListed(level))
    return new Map(
      nodes.map(({ ir }, i) => [
        ir.id,
        ir.final === true ? [] : nodes.slice(i + 1, i + 2).map(idOf),
      ]),
    )
  return new Map(nodes.map(({ ir, edges }) => [ir.id, edges.map(({ target }) => target)]))
}

function reversed(successors: ReadonlyMap<string, readonly string[]>): Map<string, string[]> {
  const predecessors = new Map<string, string[]>()
  for (const [id, targets] of successors)
    for (const target of targets) {
      const known = predecessors.get(target)
      if (known === undefined) predecessors.set(target, [id])
      else known.push(id)
    }
  return predecessors
}

/** Targets of failure edges, and what the handlers that pass the error on route to. */
function handlersOf(nodes: readonly TaskNode[]): ReadonlySet<string> {
  const byId = new Map(nodes.map((node) => [node.ir.id, node]))
  const targets = nodes.flatMap(({ edges }) =>
    edges.filter(({ onError }) => onError).map(({ target }) => target),
  )
  return closure(targets, (id) => {
    const node = byId.get(id)
    if (node?.kind.passesErrorOn !== true) return []
    return node.edges.map(({ target }) => target)
  })
}

/**
 * Returns a function that tells whether one task can come before another. It searches backward and
 * stops early: templates mostly name tasks nearby. All answers about one task share a search, so a
 * long list of tasks costs little more than its length.
 */
function createPrecedence(predecessors: Neighbors): FlowAnalysis['canPrecede'] {
  let search: { of: string; seen: Set<string>; open: string[]; at: number } | undefined
  return (earlier, later) => {
    if (search?.of !== later)
      search = { of: later, seen: new Set(), open: [...predecessors(later)], at: 0 }
    const { seen, open } = search
    while (!seen.has(earlier)) {
      const id = open[search.at++]
      if (id === undefined) return false
      if (seen.has(id)) continue
      seen.add(id)
      for (const before of predecessors(id)) open.push(before)
    }
    return true
  }
}

/**
 * Siblings that run at the same time: those before a task can have ended once all slots are taken.
 */
function analyzeTogether({ nodes }: TaskLevel, slots: number): FlowAnalysis {
  const places = new Map(nodes.map(({ ir }, place) => [ir.id, place]))
  const free = slots > 0 ? slots : nodes.length
  return {
    reachable: new Set(places.keys()),
    handlers: new Set(),
    canPrecede(earlier, later) {
      const place = places.get(later) ?? 0
      return place >= free && (places.get(earlier) ?? place) < place
    },
  }
}

/**
 * Works out the order of one level's tasks.
 * @param slots how many tasks of a level run at once; 0: all
 */
export function analyzeFlow(level: TaskLevel, slots = 0): FlowAnalysis {
  if (level.order === 'together') return analyzeTogether(level, slots)
  const successors = successorsOf(level)
  const first = level.nodes.slice(0, 1).map(idOf)
  const reachable = closure(first, (id) => successors.get(id) ?? [])
  const before = reversed(successors)
  const precedes = createPrecedence((id) => before.get(id) ?? [])
  return {
    reachable,
    handlers: handlersOf(level.nodes),
    // What can't run at all may name every sibling: one warning about it is enough.
    canPrecede: (earlier, later) =>
      !reachable.has(later) || (reachable.has(earlier) && precedes(earlier, later)),
  }
}
