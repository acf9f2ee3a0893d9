import type { VisibleTasks } from '../../template/index.ts'
import type { TaskLevel } from '../task-tree.ts'

/** Actions that leave out text around them, so that it need not stand in the id. */
const leavesOutText = /\{\{-|-\}\}|\{\{\s*(?:if|range|with|define)\b/

/** A pattern for the ids that a template can give: a run replaces characters no id has. */
function idsFrom(template: string): RegExp {
  if (leavesOutText.test(template)) return /^/
  const parts = template
    .split(/\{\{.*?\}\}/s)
    .map((part) => part.replaceAll(/[^A-Za-z0-9_-]+/g, '-'))
  const id = parts.join('[A-Za-z0-9_-]*').replace(/^[-_]+/, '')
  return new RegExp(`^${id}(?:-\\d+)*$`)
}

/**
 * The children of a collection that has ended, by the ids that its items can have: which ones there
 * are is only known in a run.
 */
export function itemTasks({ nodes }: TaskLevel): VisibleTasks {
  const child = nodes[0]?.ir
  if (child === undefined) return new Map()
  if (child.id_template !== undefined) {
    const pattern = idsFrom(child.id)
    return { get: (id) => (pattern.test(id) ? 'ok' : undefined), keys: () => [] }
  }
  // A fixed id gets the item's index. One that was refused need not be a pattern.
  const start = `${child.id}-`
  const isIndexed = (id: string): boolean =>
    id.startsWith(start) && /^\d+$/.test(id.slice(start.length))
  return { get: (id) => (isIndexed(id) ? 'ok' : undefined), keys: () => [`${start}0`] }
}
