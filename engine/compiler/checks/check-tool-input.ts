import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts'
import type { Path } from '../../core/source.ts'
import type { KnownTool } from '../../kinds/shared/tool-reference.ts'
import type { Report } from '../../schema/report.ts'
import { valueAt } from '../../schema/report.ts'
import type { TreeIr } from '../../template/index.ts'
import type { TaskLevel, TaskNode } from '../task-tree.ts'

/** Keywords under which a violation of one part need not be one of the whole. */
const combinators =
  /"(?:anyOf|oneOf|not|if|dependentSchemas|dependentRequired|\$ref|\$dynamicRef)":/

/** The literal part of a tree, and pointers to what only a run can tell. */
interface PartialValue {
  readonly value: JsonValue
  readonly open: readonly string[]
}

function pointerStep(key: string | number): string {
  return `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`
}

function literalPart(tree: TreeIr, pointer: string): PartialValue {
  switch (tree.t) {
    case 'lit':
      return { value: tree.value, open: [] }
    case 'tpl':
      return { value: null, open: [pointer] }
    case 'obj': {
      const parts = tree.entries.map(
        ([key, entry]) => [key, literalPart(entry, pointer + pointerStep(key))] as const,
      )
      const value: JsonObject = Object.fromEntries(parts.map(([key, part]) => [key, part.value]))
      return { value, open: parts.flatMap(([, part]) => part.open) }
    }
    case 'list': {
      const parts = tree.items.map((item, i) => literalPart(item, pointer + pointerStep(i)))
      return { value: parts.map(({ value }) => value), open: parts.flatMap(({ open }) => open) }
    }
  }
}

/** Whether one pointer leads to the other's value, to a part of it, or to what holds it. */
function touches(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`)
}

/** Where a pointer's value stands in the file, or the nearest that holds it. */
function placeOf(path: Path, pointer: string, report: Report): Path {
  let at = path
  for (const step of pointer.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~')
    const value = valueAt(report.source, at)
    const next = [...at, Array.isArray(value) ? Number(key) : key]
    if (valueAt(report.source, next) === undefined) return at
    at = next
  }
  return at
}

function checkInput(
  { ir, path }: TaskNode,
  tool: KnownTool,
  isGivenMore: boolean,
  report: Report,
): void {
  const { violations, inputSchema } = tool
  if (violations === undefined || inputSchema === undefined) return
  const { value, open } = literalPart(ir.with ?? { t: 'lit', value: {} }, '')
  if (open.includes('') || (isGivenMore && !isJsonObject(value))) return
  if ((open.length > 0 || isGivenMore) && combinators.test(JSON.stringify(inputSchema))) return
  const toolId = String(ir['tool']).split('/').at(-1)
  for (const { pointer, message } of violations(value)) {
    // An edge may give keys that `with` does not have.
    if (open.some((other) => touches(pointer, other))) continue
    if (isGivenMore && (message === 'is required' || pointer === '')) continue
    const at = ir.with === undefined ? path : placeOf([...path, 'with'], pointer, report)
    report.error(at, `the input of tool "${toolId}": ${pointer || 'it'} ${message}`, {
      hint: "it has to fit the tool's input schema",
    })
  }
}

/** Tasks of a level to which an edge gives input. */
function receivers({ nodes }: TaskLevel, report: Report): ReadonlySet<string> {
  const edges = nodes.flatMap(({ edges: own }) => own)
  const giving = edges.filter(({ path }) => {
    const edge = valueAt(report.source, path.slice(0, -1))
    return path.at(-1) === 'next' && isJsonObject(edge) && (edge['with'] ?? null) !== null
  })
  return new Set(giving.map(({ target }) => target))
}

/**
 * Holds what `with` says literally against the input schema of the tool that a task calls. What
 * templates or edges give is known only to a run, and checked there.
 */
export function checkToolInputs(
  level: TaskLevel,
  tools: ReadonlyMap<string, KnownTool>,
  report: Report,
): void {
  const given = receivers(level, report)
  for (const node of level.nodes) {
    if (report.isFull) return
    const tool = typeof node.ir['tool'] === 'string' ? tools.get(node.ir['tool']) : undefined
    if (tool !== undefined) checkInput(node, tool, given.has(node.ir.id), report)
    for (const { level: nested } of node.levels) checkToolInputs(nested, tools, report)
  }
}
