import { isJsonObject, type JsonValue } from '../core/json.ts'
import type { Path } from '../core/source.ts'
import { kindOf } from '../schema/report.ts'
import type { compileTask, CompilerContext } from './compile-task.ts'
import type { LevelOrder, TaskLevel } from './task-tree.ts'

/** Where a list of tasks stands. */
interface ListPosition {
  readonly path: Path
  readonly depth: number
  readonly order: LevelOrder
  readonly named: string
}

/** Compiles the tasks of a list, as one level. */
export function compileTasks(
  value: JsonValue,
  { path, depth, order, named }: ListPosition,
  context: CompilerContext,
  compile: typeof compileTask,
): TaskLevel {
  const items = Array.isArray(value) ? (value as readonly JsonValue[]) : []
  if (!Array.isArray(value))
    context.report.error(path, `"tasks" must be a list, not ${kindOf(value)}`)
  else if (items.length === 0)
    context.report.error(path, `"tasks" of ${named} is empty`, { hint: 'at least one task' })
  const skipped = new Set<string>()
  const nodes = items.flatMap((item, i) => {
    if (context.report.isFull) return []
    const node = compile(item, { path: [...path, i], depth }, context)
    if (node !== undefined) return node
    if (isJsonObject(item) && typeof item['id'] === 'string') skipped.add(item['id'])
    return []
  })
  return { order, path, named, nodes, skipped }
}
