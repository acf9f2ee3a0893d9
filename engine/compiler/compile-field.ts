import { isJsonObject, type JsonObject, type JsonValue } from '../core/json.ts'
import { didYouMean } from '../core/nearest.ts'
import type { Path } from '../core/source.ts'
import type { Field } from '../schema/field.ts'
import type { TaskIr, TaskType } from '../definition/task-ir.ts'
import type { TemplateIr } from '../template/index.ts'
import type { compileTask, CompilerContext, TaskPosition } from './compile-task.ts'
import { compileCondition, compileTemplate, compileTemplateTree } from './compile-template.ts'
import { kindOf } from '../schema/report.ts'
import { idAllowed, idPattern } from '../schema/shape.ts'
import type { Edge, LevelKind, TaskLevel, TaskNode } from './task-tree.ts'

/** What reading a task's fields finds besides their values. */
export interface Nested {
  readonly edges: Edge[]
  readonly levels: { readonly field: string; readonly level: TaskLevel }[]
}

/** The task whose fields are read. */
interface Owner {
  readonly raw: JsonObject
  readonly id: string
  readonly type: TaskType
  readonly path: Path
  readonly depth: number
}

/** Names that a renamed `item` or `index` may not hide. */
const roots = new Set(
  'workflow input output tasks parent signal processor error env project trigger'.split(' '),
)
const variablePattern = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/

/** Tasks in a list, as one level. */
export function compileTasks(
  value: JsonValue,
  position: {
    readonly path: Path
    readonly depth: number
    readonly kind: LevelKind
    readonly named: string
  },
  context: CompilerContext,
  compile: typeof compileTask,
): TaskLevel {
  const { path, depth, kind, named } = position
  const items = Array.isArray(value) ? (value as readonly JsonValue[]) : []
  if (!Array.isArray(value))
    context.report.error(path, `"tasks" must be a list, not ${kindOf(value)}`)
  else if (items.length === 0)
    context.report.error(path, `"tasks" of ${named} is empty`, { hint: 'at least one task' })
  const nodes = items.flatMap(
    (item, i) => compile(item, { path: [...path, i], depth }, context) ?? [],
  )
  return { kind, path, named, nodes }
}

/**
 * Reads the fields of one task that only tasks have: templates, edges, nested tasks.
 * @param compile compiles a nested task (handed in, because the two call each other)
 */
export function createFieldReader(
  owner: Owner,
  context: CompilerContext,
  compile: typeof compileTask,
) {
  const { report } = context
  const { raw, id, type, path: ownerPath, depth } = owner
  const nested: Nested = { edges: [], levels: [] }
  const named = `${type} "${id}"`

  const single = (
    value: JsonValue,
    path: Path,
    position: Partial<TaskPosition>,
  ): TaskIr | undefined => {
    const node = compile(value, { path, depth: depth + 1, ...position }, context)
    if (node === undefined) return undefined
    const level = { kind: 'single', path, named, nodes: [node] } as const
    nested.levels.push({ field: String(path[ownerPath.length]), level })
    return node.ir
  }

  const edge = (value: JsonValue, path: Path): string | undefined => {
    if (typeof value !== 'string') {
      report.error(path, `"${path.at(-1)}" must be the id of a task, not ${kindOf(value)}`)
      return undefined
    }
    nested.edges.push({ target: value, path, onError: path.includes('on_error') })
    return value
  }

  const route = (value: JsonValue, path: Path): string | TaskIr | undefined => {
    if (!isJsonObject(value)) return edge(value, path)
    const defaultId = `${id}-${String(path.at(-1))}`
    return single(value, path, new RegExp(idPattern).test(defaultId) ? { defaultId } : {})
  }

  const routes = (
    value: JsonValue,
    path: Path,
  ): Readonly<Record<string, string | TaskIr>> | undefined => {
    if (!isJsonObject(value)) {
      report.error(path, `"routes" must be a mapping, not ${kindOf(value)}`, {
        hint: 'key: id of a task, or a task',
      })
      return undefined
    }
    const compiled = Object.entries(value).flatMap(([key, target]) => {
      const read = route(target, [...path, key])
      return read === undefined ? [] : [[key, read] as const]
    })
    return Object.fromEntries(compiled)
  }

  const variable = (value: JsonValue, path: Path): string | undefined => {
    if (typeof value === 'string' && variablePattern.test(value) && !roots.has(value)) return value
    const hint =
      typeof value === 'string' && roots.has(value)
        ? `${value} has a meaning of its own in templates`
        : undefined
    const message = `"${path.at(-1)}" must be a name of letters, digits and "_", not ${kindOf(value)}`
    report.error(path, message, hint === undefined ? {} : { hint })
    return undefined
  }

  const workflow = (value: JsonValue, path: Path): string | undefined => {
    if (typeof value === 'string' && context.workflows.includes(value)) return value
    const given =
      typeof value === 'string'
        ? `unknown workflow "${value}"`
        : `"workflow" must be the id of a workflow`
    const guess = typeof value === 'string' ? didYouMean(value, context.workflows) : ''
    report.error(path, `${given}${guess}`, {
      hint: `workflows of this project: ${context.workflows.join(', ')}`,
    })
    return undefined
  }

  const read = (field: Exclude<Field, { is: 'object' }>, value: JsonValue, path: Path): unknown => {
    switch (field.is) {
      case 'template':
        return compileTemplate(value, path, report)
      case 'tree':
        return compileTemplateTree(value, path, report)
      case 'condition':
        return compileCondition(value, path, report)
      case 'variable':
        return variable(value, path)
      case 'next':
        // A router's default is one more route.
        return path.at(-1) === 'default' ? route(value, path) : edge(value, path)
      case 'routes':
        return routes(value, path)
      case 'workflow':
        return workflow(value, path)
      case 'task':
        return single(value, path, {
          ...(field.idIsTemplate && { idIsTemplate: true }),
          ...(field.defaultIdSuffix !== undefined && {
            defaultId: `${id}${field.defaultIdSuffix}`,
          }),
        })
      case 'tasks': {
        const kind = type === 'parallel' ? 'parallel' : 'flow'
        const level = compileTasks(value, { path, depth: depth + 1, kind, named }, context, compile)
        nested.levels.push({ field: String(path[ownerPath.length]), level })
        return level.nodes.map((node: TaskNode) => node.ir)
      }
      default:
        return value
    }
  }

  /** The task's own id: as given, from its position, or a template with its source as the id. */
  const identify = (given: unknown, position: TaskPosition): Pick<TaskIr, 'id' | 'id_template'> => {
    const at = [...position.path, 'id']
    if (position.idIsTemplate !== true)
      return {
        id:
          typeof given === 'string'
            ? given
            : typeof raw['id'] === 'string'
              ? raw['id']
              : (position.defaultId ?? ''),
      }
    if (raw['id'] === undefined || raw['id'] === null) {
      const source = position.defaultId ?? ''
      return source.includes('{{')
        ? { id: source, id_template: compileTemplate(source, position.path, report)! }
        : { id: source }
    }
    const template = given as TemplateIr | undefined
    if (template === undefined) return { id: '' }
    if (template.source.includes('{{')) return { id: template.source, id_template: template }
    if (!new RegExp(idPattern).test(template.source))
      report.error(at, `"id" must be an id (${idAllowed}), not "${template.source}"`)
    return { id: template.source }
  }

  return { read, nested, identify }
}
