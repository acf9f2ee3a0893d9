import { isJsonObject, type JsonObject, type JsonValue } from '../core/json.ts'
import { didYouMean } from '../core/nearest.ts'
import type { Path } from '../core/source.ts'
import { commonFields } from '../task/common.ts'
import { kinds } from '../task/kinds.ts'
import { taskTypes, type MetricIr, type RetryIr, type TaskIr, type TaskType } from '../task/ir.ts'
import { compileMetric, type MetricDeclaration, type MetricRead } from './compile-metrics.ts'
import { createFieldReader, type Nested } from './compile-field.ts'
import { movedFromTaskConfig, movedInTask, unsupportedReason } from './moved.ts'
import { readMapping } from './read.ts'
import { kindOf, type Report } from './report.ts'
import type { Shapes } from './shape.ts'
import { ownFields, retryFields, toolReferenceFields } from './task-shape.ts'
import type { TaskNode } from './task-tree.ts'
import { variableName } from './workflow-shape.ts'
import { resolveTool, type ToolScope } from './tool-reference.ts'

/** What compiling tasks needs to know of the rest of the project. */
export interface TaskContext {
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
  if (typeof type === 'string' && (taskTypes as readonly string[]).includes(type)) return type as TaskType
  const at = [...path, 'type']
  if (type === 'memory' || type === 'agent')
    report.error(at, `not supported: ${type} tasks`, { hint: unsupportedReason })
  else {
    const guess = typeof type === 'string' ? didYouMean(type, taskTypes) : ''
    const given = typeof type === 'string' ? `"${type}"` : kindOf(type)
    report.error(at, `unknown type of task ${given}${guess}`, { hint: `allowed: ${taskTypes.join(', ')}` })
  }
  return undefined
}

/** One error for each key of a task's former `config`, naming its new place. */
function refuseConfig(config: JsonValue, path: Path, report: Report): void {
  const at = [...path, 'config']
  const keys = isJsonObject(config) ? Object.keys(config) : []
  for (const key of keys) {
    const hint = movedFromTaskConfig[key] ?? 'values for a tool go under "with"; a task has no config'
    report.error([...at, key], `config.${key} has moved`, { key: true, hint })
  }
  if (keys.length === 0)
    report.error(at, 'a task has no config', { key: true, hint: 'its keys stand under the task itself' })
}

function compileRetry(
  raw: JsonObject,
  read: Readonly<Record<string, unknown>>,
  path: Path,
  report: Report,
): RetryIr | undefined {
  const policy = read['retry_policy'] as Partial<RetryIr> | undefined
  const retries = read['retries'] as number | undefined
  if (raw['retries'] !== undefined && raw['retry_policy'] !== undefined)
    report.error([...path, 'retries'], 'both "retries" and "retry_policy"', {
      key: true,
      hint: 'retries: N is short for retry_policy: {maximum_attempts: N+1}; keep one of them',
    })
  if (policy === undefined && retries === undefined) return undefined
  const settled: RetryIr = {
    maximum_attempts: retries === undefined ? 3 : retries + 1,
    initial_interval: 1_000,
    backoff_coefficient: 2,
    maximum_interval: Math.max(60_000, policy?.initial_interval ?? 0),
    non_retryable_error_types: [],
    ...policy,
  }
  if (settled.maximum_interval < settled.initial_interval)
    report.error(
      [...path, 'retry_policy', 'maximum_interval'],
      'maximum_interval is shorter than initial_interval',
    )
  return settled
}

function compileTaskMetrics(
  read: unknown,
  path: Path,
  context: TaskContext,
): readonly MetricIr[] | undefined {
  if (!Array.isArray(read)) return undefined
  return (read as readonly MetricRead[]).flatMap((metric, i) => {
    const compiled = compileMetric(metric, [...path, 'metrics', i], context.report)
    if (compiled === undefined) return []
    context.declare(compiled.declaration)
    return [compiled.ir]
  })
}

function checkEnvNames(env: JsonValue, path: Path, report: Report): void {
  if (!isJsonObject(env)) return report.error(path, `"env" must be a mapping, not ${kindOf(env)}`)
  for (const name of Object.keys(env))
    if (!new RegExp(variableName.pattern).test(name))
      report.error([...path, name], `the name "${name}" must be ${variableName.allowed}`, { key: true })
}

/** Rules that no single key can express. */
function checkTogether(type: TaskType, raw: JsonObject, nested: Nested, path: Path, report: Report): void {
  if (raw['env'] !== undefined && raw['env'] !== null) checkEnvNames(raw['env'], [...path, 'env'], report)
  const pauses = ['duration', 'until'].filter((key) => raw[key] !== undefined)
  if (type === 'pause' && pauses.length !== 1)
    report.error(path, pauses.length === 0 ? 'this pause has no end' : 'both "duration" and "until"', {
      hint: 'exactly one of duration: 5m and until: 2026-01-31T09:00:00Z',
    })
  const success = raw['on_success']
  if (raw['final'] === true && isJsonObject(success) && success['next'] !== undefined)
    report.error([...path, 'on_success', 'next'], 'a task with final: true ends the run, so it has no next', {
      hint: 'remove final: true or this next',
    })
  const routesToTask = nested.edges.some(
    (edge) => edge.path.includes('routes') || edge.path.at(-1) === 'default',
  )
  if (type === 'router' && routesToTask && success !== undefined && success !== null)
    report.error([...path, 'on_success'], 'a router that routes to tasks has no on_success', {
      key: true,
      hint: 'the task that it routes to says what follows',
    })
}

/**
 * Compiles one task with everything below it. What is wrong is reported and left out of the IR, so that the rest is
 * still checked; nothing comes back only where there is no telling what the task is.
 */
export function compileTask(
  value: JsonValue,
  position: TaskPosition,
  context: TaskContext,
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
  checkTogether(type, raw, reader.nested, path, report)

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
  const limit = tool === undefined ? undefined : (context.toolTimeouts.get(tool) ?? context.toolTimeoutMs)
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
