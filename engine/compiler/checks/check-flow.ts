import { didYouMean, listNames } from '../../core/nearest.ts'
import { analyzeFlow, isListed } from './analyze-flow.ts'
import type { Report } from '../../schema/report.ts'
import type { TaskLevel, TaskNode } from '../task-tree.ts'

function checkIds({ nodes, named }: TaskLevel, report: Report): void {
  const seen = new Map<string, TaskNode>()
  for (const node of nodes) {
    const { id } = node.ir
    const first = seen.get(id)
    if (id === '') continue
    if (first === undefined) seen.set(id, node)
    else {
      const { line } = report.source.locate([...first.path, 'id'])
      report.error([...node.path, 'id'], `the task id "${id}" is used twice in ${named}`, {
        hint: `first in line ${line}`,
      })
    }
  }
}

/** Why an edge is not allowed, by the order of its level. */
function checkNoEdges({ order, named, nodes }: TaskLevel, report: Report): void {
  for (const { path, target } of nodes.flatMap(({ edges }) => edges)) {
    const hint =
      order === 'together'
        ? `its tasks run at the same time; write what follows into on_success of ${named}`
        : `this task runs alone; write what follows into on_success of ${named}`
    report.error(path, `"${target}" can't follow a task inside ${named}`, { hint })
  }
}

function checkEdges({ nodes, named, skipped }: TaskLevel, report: Report): void {
  const known = nodes.map(({ ir }) => ir.id).filter((id) => id !== '')
  const ids = new Set([...known, ...skipped])
  for (const { path, target } of nodes.flatMap(({ edges }) => edges)) {
    if (ids.has(target)) continue
    if (report.isFull) return
    const hint = `tasks of ${named}: ${listNames(ids)}`
    report.error(path, `unknown task "${target}"${didYouMean(target, ids)}`, { hint })
  }
}

function warnUnreachable(level: TaskLevel, report: Report): void {
  if (level.skipped.size > 0) return
  const { reachable } = analyzeFlow(level)
  const ids = new Set(level.nodes.map(({ ir }) => ir.id))
  const [first] = ids
  // A misspelled edge may have led there; one error is enough.
  if (!first || level.nodes.some(({ edges }) => edges.some(({ target }) => !ids.has(target))))
    return
  const goesOn = isListed(level)
    ? 'ends at the first task with final: true'
    : 'goes on by on_success.next, on_error.next, routes and on_timeout'
  const hint = `${level.named} begins at "${first}" and ${goesOn}`
  for (const { ir, path } of level.nodes) {
    if (reachable.has(ir.id) || ir.id === '') continue
    report.warning([...path, 'id'], `the task "${ir.id}" is never reached`, { hint })
  }
}

/** Checks ids and edges of a level and of all below it; what no edge leads to is a warning. */
export function checkLevelFlow(level: TaskLevel, report: Report): void {
  checkIds(level, report)
  if (level.order === 'in_turn') {
    checkEdges(level, report)
    warnUnreachable(level, report)
  } else checkNoEdges(level, report)
  for (const { levels } of level.nodes)
    for (const { level: nested } of levels) checkLevelFlow(nested, report)
}
