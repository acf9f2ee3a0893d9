import { isJsonObject, type JsonObject, type JsonValue } from '../core/json.ts'
import { didYouMean } from '../core/nearest.ts'
import type { Path } from '../core/source.ts'
import { commonFields } from '../kinds/common-fields.ts'
import { kinds } from '../kinds/index.ts'
import { taskTypes, type MetricIr, type TaskIr, type TaskType } from '../definition/task-ir.ts'
import { compileRetry } from './compile-retry.ts'
import { compileMetric, type MetricDeclaration, type MetricRead } from './compile-metrics.ts'
import { checkTogether, refuseConfig } from './check-task.ts'
import { createFieldReader } from './compile-field.ts'
import { movedInTask, unsupportedReason } from '../schema/migration-hints.ts'
import { readMapping } from '../schema/read-mapping.ts'
import { kindOf, type Report } from '../schema/report.ts'
import type { Shapes } from '../schema/shape.ts'
import { ownFields, retryFields, toolReferenceFields } from './task-shape.ts'
import type { TaskNode } from './task-tree.ts'
import { resolveTool, type ToolScope } from './tool-reference.ts'

/** What compiling tasks needs to know of the rest of the project. */
export interface CompilerContext {
  readonly report: Report
  readonly tools: ToolScope
  /** Limits of tools that have their own, by key; ms. */
  readonly toolTimeouts: ReadonlyMap<string, number>
  /** `runtime.tool_timeout`, ms. */
  readonly toolTimeoutMs: number
  /** Ids of the project's workflows. */
  readonly workflows: readonly string[]
  /** Receives the metrics that tasks declare. */
  readonly declare: (metric: MetricDeclaration) => void
}

/** Where a task stands, and what it takes from there. */
export interface TaskPosition {
  readonly path: Path
  /** Levels of containers above it. */
  readonly depth: number
  /** Its id where it gives none. */
  readonly defaultId?: string
  /** Its id may be a template: the child of a collection. */
  readonly idIsTemplate?: boolean
}

/** How deep containers may nest. */
const maximumDepth = 16

/** All keys that a kind of task may have. */
export function fieldsOf(type: TaskType): Shapes {
  return {
    ...ownFields,
    ...(type === 'basic' && toolReferenceFields),
    ...commonFields,
    ...kinds[type].fields,
    ...(kinds[type].allows.retry && retryFields),
  }
}

/** The kinds that know a key, for a hint where `type` was forgotten. */
function explainKey(type: TaskType, key: string): string | undefined {
  const owners = taskTypes.filter((other) => Object.hasOwn(fieldsOf(other), key))
  if (Object.hasOwn(retryFields, key)) return `only ${owners.join(', ')} tasks are retried`
  if (owners.length === 0) return undefined
  return `"${key}" belongs to ${owners.join(', ')} tasks; this one is ${type}: is "type" right?`
}

function readType(raw: JsonObject, path: Path, report: Report): TaskType | undefined {
  const { type } = raw
  if (type === undefined || type === null) return 'basic'
  if (typeof type === 'string' && (taskTypes as readonly string[]).includes(type))
    return type as TaskType
  const at = [...path, 'type']
  if (type === 'memory' || type === 'agent')
    report.error(at, `not supported: ${type} tasks`, { hint: unsupportedReason })
  else {
    const guess = typeof type === 'string' ? didYouMean(type, taskTypes) : ''
    const given = typeof type === 'string' ? `"${type}"` : kindOf(type)
    report.error(at, `unknown type of task ${given}${guess}`, {
      hint: `allowed: ${taskTypes.join(', ')}`,
    })
  }
  return undefined
}

function compileTaskMetrics(
  read: unknown,
  path: Path,
  context: CompilerContext,
): readonly MetricIr[] | undefined {
  if (!Array.isArray(read)) return undefined
  return (read as readonly MetricRead[]).flatMap((metric, i) => {
    const compiled = compileMetric(metric, [...path, 'metrics', i], context.report)
    if (compiled === undefined) return []
    context.declare(compiled.declaration)
    return [compiled.ir]
  })
}

/**
 * Compiles one task with everything below it. What is wrong is reported and left out of the IR, so that the rest is
 * still checked; nothing comes back only where there is no telling what the task is.
 */
export function compileTask(
  value: JsonValue,
  position: TaskPosition,
  context: CompilerContext,
): TaskNode | undefined {
  const { path, depth } = position
  const { report } = context
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
  const type = readType(value, path, report)
  if (type === undefined) return undefined
  const { config, ...rest } = value
  if (config !== undefined) refuseConfig(config, path, report)
  const raw: JsonObject = rest
  const fields = fieldsOf(type)
  const id = raw['id'] ?? position.defaultId
  const reader = createFieldReader(
    { raw, id: typeof id === 'string' ? id : '', type, path, depth },
    context,
    compileTask,
  )
  const idShape = position.idIsTemplate ? { is: 'template', doc: ownFields.id.doc } : ownFields.id
  const shapes = {
    ...fields,
    id: position.defaultId === undefined ? idShape : { ...idShape, required: false },
  } as Shapes
  const names = {
    named: `${type === 'aggregate' ? 'an' : 'a'} ${type} task`,
    moved: movedInTask,
    explain: (key: string) => explainKey(type, key),
  }
  const read: Readonly<Record<string, unknown>> =
    readMapping(shapes, raw, path, names, { report, readTaskField: reader.read }) ?? {}
  checkTogether(type, raw, reader.nested.edges, path, report)

  const {
    retry_policy: _policy,
    retries: _retries,
    tool: _tool,
    $use: _use,
    description: _description,
    ...known
  } = read
  const retry = compileRetry(raw, read, path, report)
  const tool = type === 'basic' ? resolveTool(raw, path, context.tools, report) : undefined
  const limit =
    tool === undefined ? undefined : (context.toolTimeouts.get(tool) ?? context.toolTimeoutMs)
  const metrics = compileTaskMetrics(read['metrics'], path, context)
  const place = report.source.locate(path)
  const ir = {
    ...known,
    ...reader.identify(read['id'], position),
    type,
    place: `${place.file}:${place.line}:${place.column}`,
    ...(retry !== undefined && { retry }),
    ...(tool !== undefined && { tool }),
    ...(type === 'basic' && { timeout: read['timeout'] ?? limit ?? context.toolTimeoutMs }),
    ...(metrics !== undefined && { metrics }),
  } as TaskIr
  return { ir, path, raw, fields, edges: reader.nested.edges, levels: reader.nested.levels }
}
