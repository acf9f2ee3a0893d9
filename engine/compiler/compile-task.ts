import { defined } from '../core/defined.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../core/json.ts'
import { didYouMean } from '../core/nearest.ts'
import { formatPlace, type Path } from '../core/source.ts'
import type { TaskIr } from '../definition/task-ir.ts'
import type { TaskKind, TaskKinds } from '../kinds/kind.ts'
import type { ToolScope } from '../kinds/shared/tool-reference.ts'
import { movedInTask, unsupportedReason } from '../schema/migration-hints.ts'
import { readMapping } from '../schema/read-mapping.ts'
import { kindOf, type Report } from '../schema/report.ts'
import type { Shapes } from '../schema/shape.ts'
import { checkTask, refuseConfig } from './checks/check-task.ts'
import { compileField, type FieldOwner } from './compile-field.ts'
import { compileMetric, type MetricDeclaration, type MetricRead } from './compile-metrics.ts'
import { compileRetry } from './compile-retry.ts'
import { compileTaskId } from './compile-task-id.ts'
import { fieldsOf, idShape, retryFields } from './shapes/task-shape.ts'
import type { PlacedMetric, TaskNode } from './task-tree.ts'

/** What compiling tasks needs from the rest of the project. */
export interface CompilerContext {
  readonly report: Report
  readonly kinds: TaskKinds
  readonly tools: ToolScope
  /** Ids of the project's workflows. */
  readonly workflows: readonly string[]
  /** Receives the metrics that tasks declare. */
  readonly declare: (metric: MetricDeclaration) => void
}

/** The position of a task, and its defaults there. */
export interface TaskPosition {
  readonly path: Path
  /** Levels of containers above it. */
  readonly depth: number
  /** Its id if it has none. */
  readonly defaultId?: string
  /** Its id may be a template: the child of a collection. */
  readonly idIsTemplate?: boolean
}

/** How deep containers may nest. */
const maximumDepth = 16

/** Names the kinds that have a key, as a hint that `type` is missing. */
function explainKey(kind: TaskKind, kinds: TaskKinds, key: string): string | undefined {
  const owners = kinds.names.filter((name) => {
    const other = kinds.find(name)
    return other !== undefined && Object.hasOwn(fieldsOf(other, kinds), key)
  })
  if (Object.hasOwn(retryFields, key)) return `only ${owners.join(', ')} tasks are retried`
  if (owners.length === 0) return undefined
  return `"${key}" belongs to ${owners.join(', ')} tasks; this one is ${kind.name}: is "type" right?`
}

function readKind(raw: JsonObject, path: Path, context: CompilerContext): TaskKind | undefined {
  const { kinds, report } = context
  const { type } = raw
  if (type === undefined || type === null) return kinds.default
  const kind = typeof type === 'string' ? kinds.find(type) : undefined
  if (kind !== undefined) return kind
  const at = [...path, 'type']
  if (type === 'memory' || type === 'agent') {
    report.error(at, `not supported: ${type} tasks`, { hint: unsupportedReason })
    return undefined
  }
  const message =
    typeof type === 'string'
      ? `unknown type of task "${type}"${didYouMean(type, kinds.names)}`
      : `"type" must be text, not ${kindOf(type)}`
  report.error(at, message, { hint: `allowed: ${kinds.names.join(', ')}` })
  return undefined
}

function compileTaskMetrics(
  read: unknown,
  path: Path,
  context: CompilerContext,
): readonly PlacedMetric[] | undefined {
  if (!Array.isArray(read)) return undefined
  return (read as readonly MetricRead[]).flatMap((metric, i) => {
    const at = [...path, 'metrics', i]
    const compiled = compileMetric(metric, at, context.report)
    if (compiled === undefined) return []
    context.declare(compiled.declaration)
    return compiled.ir.map((ir) => ({ ir, path: at }))
  })
}

/** The fields of a task, with the `id` that its position asks for. */
function shapesAt(fields: Shapes, { idIsTemplate, defaultId }: TaskPosition): Shapes {
  const required = defaultId === undefined ? ({ required: true } as const) : {}
  const { doc } = idShape
  const id = idIsTemplate ? ({ is: 'template', doc } as const) : ({ is: 'id', doc } as const)
  return { ...fields, id: { ...id, ...required } }
}

/** Keys that the IR holds in another form, or not at all. */
type LeftOut = Readonly<Record<'retry_policy' | 'retries' | 'description', unknown>>

/**
 * Compiles one task and all below it. Reports errors and leaves the wrong parts out of the IR, so
 * that the rest is still checked. Returns undefined only if the kind is unknown.
 */
export function compileTask(
  value: JsonValue,
  position: TaskPosition,
  context: CompilerContext,
): TaskNode | undefined {
  const { path, depth } = position
  const { report, kinds, tools } = context
  if (!isJsonObject(value)) {
    report.error(path, `a task must be a mapping, not ${kindOf(value)}`, {
      hint: 'a task has at least an id',
    })
    return undefined
  }
  if (depth > maximumDepth) {
    report.error(path, `tasks nest deeper than ${maximumDepth} levels`, {
      hint: 'call a workflow of its own instead',
    })
    return undefined
  }
  const kind = readKind(value, path, context)
  if (kind === undefined) return undefined
  const { config, ...rest } = value
  if (config !== undefined) refuseConfig(config, path, report)
  const raw: JsonObject = rest
  const givenId = raw['id'] ?? position.defaultId
  const id = typeof givenId === 'string' ? givenId : ''
  const owner: FieldOwner = {
    raw,
    id,
    path,
    depth,
    context,
    compile: compileTask,
    named: `${kind.name} "${id}"`,
    edges: [],
    levels: [],
  }
  const fields = fieldsOf(kind, kinds)
  const names = {
    named: `${kind.article ?? 'a'} ${kind.name} task`,
    moved: { ...movedInTask, ...kind.moved },
    explain: (key: string) => explainKey(kind, kinds, key),
  }
  const readTaskField = compileField.bind(undefined, owner)
  const read =
    readMapping(shapesAt(fields, position), raw, path, names, { report, readTaskField }) ?? {}
  const written = { raw, read, path, report, tools }
  checkTask(written)
  kind.check?.(written)

  const retry = compileRetry(raw, read, path, report)
  const resolved = kind.resolve?.(written)
  const metrics = compileTaskMetrics(read['metrics'], path, context)
  const {
    retry_policy: _policy,
    retries: _retries,
    description: _description,
    ...known
  } = read as LeftOut & typeof read
  const ir: TaskIr = {
    ...known,
    ...compileTaskId(raw, read['id'], position, report),
    type: kind.name,
    place: formatPlace(report.source.locate(path)),
    ...defined({ retry }),
    ...resolved,
    ...defined({ metrics: metrics?.map(({ ir }) => ir) }),
  }
  const { edges, levels } = owner
  return { ir, kind, path, raw, fields, edges, levels, metrics: metrics ?? [] }
}
