import { isJsonObject } from '../../core/json.ts'
import type { KnownInput, KnownTool } from '../../kinds/shared/tool-reference.ts'
import type { Report } from '../../schema/report.ts'
import { valueAt } from '../../schema/report.ts'
import type { TreeIr } from '../../template/index.ts'
import type { TaskLevel, TaskNode } from '../task-tree.ts'
import { isListed } from './analyze-flow.ts'
import { checkLiteral, type Taker } from './check-literal.ts'

const noInput: TreeIr = { t: 'lit', value: {} }

/** Whether an edge gives input to the task that it leads to. */
function givesInput(edge: unknown): boolean {
  return isJsonObject(edge) && (edge['with'] ?? null) !== null
}

/** Tasks of a level to which an edge gives input, or the task before them in a list. */
function receivers(level: TaskLevel, report: Report): ReadonlySet<string> {
  const { nodes } = level
  if (isListed(level)) {
    const giving = (node: TaskNode | undefined): boolean =>
      node !== undefined && givesInput(node.raw['on_success']) && node.ir.final !== true
    return new Set(nodes.filter((_, i) => giving(nodes[i - 1])).map(({ ir }) => ir.id))
  }
  const edges = nodes.flatMap(({ edges: own }) => own)
  const giving = edges.filter(
    ({ path }) => path.at(-1) === 'next' && givesInput(valueAt(report.source, path.slice(0, -1))),
  )
  return new Set(giving.map(({ target }) => target))
}

/** Holds what `with` says literally against the input schema of what each task calls. */
function checkInputs(level: TaskLevel, calleeOf: (node: TaskNode) => Taker, report: Report): void {
  const given = receivers(level, report)
  for (const node of level.nodes) {
    if (report.isFull) return
    const { ir, path } = node
    const input = {
      tree: ir.with ?? noInput,
      path: [...path, 'with'],
      isGivenMore: given.has(ir.id),
    }
    checkLiteral(input, calleeOf(node), report)
    for (const { level: nested } of node.levels) checkInputs(nested, calleeOf, report)
  }
}

/** Checks the inputs of tools. */
export function checkToolInputs(
  level: TaskLevel,
  tools: ReadonlyMap<string, KnownTool>,
  report: Report,
): void {
  const toolOf = ({ ir }: TaskNode): Taker => {
    const key = ir['tool']
    const tool = typeof key === 'string' ? tools.get(key) : undefined
    const named = `the input of tool "${String(key).split('/').at(-1)}"`
    return { ...tool, named, schema: "the tool's input schema" }
  }
  checkInputs(level, toolOf, report)
}

/** Checks the inputs of child runs, once all workflows of the project are read. */
export function checkChildInputs(
  level: TaskLevel,
  workflows: ReadonlyMap<string, KnownInput>,
  report: Report,
): void {
  const childOf = ({ ir }: TaskNode): Taker => {
    const { workflow: id } = ir
    const child = typeof id === 'string' ? workflows.get(id) : undefined
    const named = `the input of workflow "${String(id)}"`
    return { ...child, named, schema: 'its config.input' }
  }
  checkInputs(level, childOf, report)
}
