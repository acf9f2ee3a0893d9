import { defined } from '../core/defined.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../core/json.ts'
import { didYouMean, listNames } from '../core/nearest.ts'
import type { Path } from '../core/source.ts'
import type { TaskIr } from '../definition/task-ir.ts'
import type { TaskField } from '../schema/field.ts'
import { kindOf, type Report } from '../schema/report.ts'
import { idPattern } from '../schema/shape.ts'
import { trimTree } from '../template/index.ts'
import type { compileTask, CompilerContext, TaskPosition } from './compile-task.ts'
import { withoutTemplates } from './compile-task-id.ts'
import { compileTasks } from './compile-tasks.ts'
import { compileCondition, compileName, compileTemplateTree } from './compile-template.ts'
import type { Edge, NestedLevel } from './task-tree.ts'

/** The task whose fields are compiled, and what they hold besides values. */
export interface FieldOwner {
  readonly raw: JsonObject
  readonly id: string
  /** Its name in messages: `composite "ship"`. */
  readonly named: string
  readonly path: Path
  readonly depth: number
  readonly context: CompilerContext
  /** Compiles a nested task; handed in, because the two call each other. */
  readonly compile: typeof compileTask
  /** Receive the edges and nested levels that the fields hold. */
  readonly edges: Edge[]
  readonly levels: NestedLevel[]
}

/** Names that a renamed `item` or `index` may not hide. */
const rootNames = new Set(
  'workflow input output tasks parent signal processor error env project trigger'.split(' '),
)
const variablePattern = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/

/** Compiles one inline task as a level of its own. */
function compileInlineTask(
  owner: FieldOwner,
  value: JsonValue,
  path: Path,
  position: Partial<TaskPosition>,
): TaskIr | undefined {
  const { named, depth, context, compile, levels } = owner
  const node = compile(value, { path, depth: depth + 1, ...position }, context)
  if (node === undefined) return undefined
  const level = { order: 'alone', path, named, nodes: [node], skipped: new Set<string>() } as const
  levels.push({ field: fieldAt(owner, path), level })
  return node.ir
}

/** The field of the task that a path below it begins with. */
function fieldAt({ path: ownerPath }: FieldOwner, path: Path): string {
  return String(path[ownerPath.length])
}

function compileEdge(owner: FieldOwner, value: JsonValue, path: Path): string | undefined {
  if (typeof value !== 'string') {
    const message = `"${path.at(-1)}" must be the id of a task, not ${kindOf(value)}`
    owner.context.report.error(path, message)
    return undefined
  }
  owner.edges.push({ target: value, path, onError: fieldAt(owner, path) === 'on_error' })
  return value
}

function compileRoute(
  owner: FieldOwner,
  value: JsonValue,
  path: Path,
): string | TaskIr | undefined {
  if (!isJsonObject(value)) return compileEdge(owner, value, path)
  const defaultId = `${withoutTemplates(owner.id)}-${String(path.at(-1))}`
  const position = new RegExp(idPattern).test(defaultId) ? { defaultId } : {}
  return compileInlineTask(owner, value, path, position)
}

function compileRoutes(owner: FieldOwner, value: JsonValue, path: Path) {
  if (!isJsonObject(value)) {
    owner.context.report.error(path, `"routes" must be a mapping, not ${kindOf(value)}`, {
      hint: 'key: id of a task, or a task',
    })
    return undefined
  }
  const routes = Object.entries(value).map(
    ([key, target]) => [key, compileRoute(owner, target, [...path, key])] as const,
  )
  return Object.fromEntries(routes)
}

function readVariable(value: JsonValue, path: Path, report: Report): string | undefined {
  const name = typeof value === 'string' ? value : ''
  const isReserved = rootNames.has(name)
  if (variablePattern.test(name) && !isReserved) return name
  const message = `"${path.at(-1)}" must be a name of letters, digits and "_", not ${kindOf(value)}`
  const hint = `${name} has a meaning of its own in templates`
  report.error(path, message, isReserved ? { hint } : {})
  return undefined
}

function readWorkflowId(
  value: JsonValue,
  path: Path,
  { workflows, report }: CompilerContext,
): string | undefined {
  if (typeof value === 'string' && workflows.includes(value)) return value
  const message =
    typeof value === 'string'
      ? `unknown workflow "${value}"${didYouMean(value, workflows)}`
      : `"${path.at(-1)}" must be the id of a workflow`
  report.error(path, message, { hint: `workflows of this project: ${listNames(workflows)}` })
  return undefined
}

/** Compiles one field that only tasks have: templates, edges, nested tasks. */
export function compileField(
  owner: FieldOwner,
  field: TaskField,
  value: JsonValue,
  path: Path,
): unknown {
  const { context, id, named, depth, compile, levels } = owner
  const { report } = context
  switch (field.is) {
    case 'template':
      return compileName(value, path, report)
    case 'tree': {
      const tree = compileTemplateTree(value, path, report)
      return field.neverText === true ? trimTree(tree) : tree
    }
    case 'condition':
      return compileCondition(value, path, report, field.givesAny)
    case 'variable':
      return readVariable(value, path, report)
    case 'next':
      return compileEdge(owner, value, path)
    case 'route':
      return compileRoute(owner, value, path)
    case 'routes':
      return compileRoutes(owner, value, path)
    case 'workflow_id':
      return readWorkflowId(value, path, context)
    case 'tool':
      return undefined
    case 'task': {
      const { idIsTemplate, defaultIdSuffix } = field
      const defaultId = `${withoutTemplates(id)}${defaultIdSuffix}`
      return compileInlineTask(owner, value, path, defined({ idIsTemplate, defaultId }))
    }
    case 'tasks': {
      const position = { path, depth: depth + 1, order: field.order, named }
      const level = compileTasks(value, position, context, compile)
      levels.push({ field: fieldAt(owner, path), level })
      return level.nodes.map(({ ir }) => ir)
    }
  }
}
