import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts'
import type { Path } from '../../core/source.ts'
import type { KnownInput, KnownTool } from '../../kinds/shared/tool-reference.ts'
import type { Report } from '../../schema/report.ts'
import { valueAt } from '../../schema/report.ts'
import type { TreeIr } from '../../template/index.ts'
import type { TaskLevel, TaskNode } from '../task-tree.ts'
import { isListed } from './analyze-flow.ts'

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

/** Whether a pointer leads to a value that is open, or to what holds it. Open values are null. */
function touches(pointer: string, open: string): boolean {
  return pointer === open || open.startsWith(`${pointer}/`)
}

/** Whether a violation is about which keys the input has. */
function isAboutKeys(pointer: string, message: string): boolean {
  return pointer === '' || (message === 'is required' && !pointer.includes('/', 1))
}

/** The path below another one to which a pointer leads in a file. */
function pathOf(path: Path, pointer: string, report: Report): Path {
  let at = path
  for (const step of pointer.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~')
    at = [...at, Array.isArray(valueAt(report.source, at)) ? Number(key) : key]
  }
  return at
}

/** A tool or a workflow that a task calls, with what is known of its input. */
interface Callee extends KnownInput {
  /** For messages: `tool "pay"`. */
  readonly name: string
  /** Where its schema stands: `the tool's input schema`. */
  readonly schema: string
}

function checkInput(
  { ir, path }: TaskNode,
  { name, schema, violations, inputSchema }: Callee,
  isGivenMore: boolean,
  report: Report,
): void {
  if (violations === undefined) return
  const { value, open } = literalPart(ir.with ?? { t: 'lit', value: {} }, '')
  // An edge gives keys to an object. Any other value is the input as it stands.
  const isPartial = isGivenMore && isJsonObject(value)
  if ((open.length > 0 || isPartial) && combinators.test(JSON.stringify(inputSchema))) return
  for (const { pointer, message } of violations(value)) {
    if (open.some((other) => touches(pointer, other))) continue
    if (isPartial && isAboutKeys(pointer, message)) continue
    const at = pathOf([...path, 'with'], pointer, report)
    report.error(at, `the input of ${name}: ${pointer || 'it'} ${message}`, {
      hint: `it has to fit ${schema}`,
    })
  }
}

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

/**
 * Holds what `with` says literally against the input schema of what each task calls. What templates
 * or edges give is known only to a run, and checked there.
 */
function checkInputs(level: TaskLevel, calleeOf: (node: TaskNode) => Callee, report: Report): void {
  const given = receivers(level, report)
  for (const node of level.nodes) {
    if (report.isFull) return
    checkInput(node, calleeOf(node), given.has(node.ir.id), report)
    for (const { level: nested } of node.levels) checkInputs(nested, calleeOf, report)
  }
}

/** Checks the inputs of tools. */
export function checkToolInputs(
  level: TaskLevel,
  tools: ReadonlyMap<string, KnownTool>,
  report: Report,
): void {
  const toolOf = ({ ir }: TaskNode): Callee => {
    const key = ir['tool']
    const tool = typeof key === 'string' ? tools.get(key) : undefined
    const name = `tool "${String(key).split('/').at(-1)}"`
    return { ...tool, name, schema: "the tool's input schema" }
  }
  checkInputs(level, toolOf, report)
}

/** Checks the inputs of child runs, once all workflows of the project are read. */
export function checkChildInputs(
  level: TaskLevel,
  workflows: ReadonlyMap<string, KnownInput>,
  report: Report,
): void {
  const childOf = ({ ir }: TaskNode): Callee => {
    const { workflow: id } = ir
    const child = typeof id === 'string' ? workflows.get(id) : undefined
    return { ...child, name: `workflow "${String(id)}"`, schema: 'its config.input' }
  }
  checkInputs(level, childOf, report)
}
