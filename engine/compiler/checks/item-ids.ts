import type { TaskLevel, TaskNode } from '../task-tree.ts'

const reference = /tasks(?:\.([A-Za-z][\w-]*)|\["([^"]+)"\])/g

/** A pattern for the ids that an id template can give. */
function idsLike(source: string): RegExp {
  const literal = source
    .split(/\{\{.*?\}\}/s)
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${literal.join('[A-Za-z0-9_-]+')}$`)
}

/**
 * Ids of a collection's children that its own fields name (`.tasks.row-0.output`) and that its
 * items can have: which ones there will be is only known at run time.
 */
export function itemIds(node: TaskNode, level: TaskLevel): readonly string[] {
  const child = level.nodes[0]?.ir
  if (child === undefined) return []
  // A fixed id gets the item's index at run time.
  const source = child.id_template === undefined ? `${child.id}-{{ index }}` : child.id
  const pattern = idsLike(source)
  const text = JSON.stringify(node.raw)
  const named = [...text.matchAll(reference)].flatMap(([, plain, quoted]) => plain ?? quoted ?? [])
  return [...new Set(named)].filter((id) => pattern.test(id))
}
